"""Textbook forms of activations and losses: what they are, and their derivatives."""
