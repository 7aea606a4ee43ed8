"""Checkpoints: the state of a run in files, and how a run continues from them."""
