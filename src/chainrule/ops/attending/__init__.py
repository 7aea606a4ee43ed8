"""Attention: its composite form, and its gates in compiled functions."""
