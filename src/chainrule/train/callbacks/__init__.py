"""Callbacks: what a run reports, keeps, and stops for."""
