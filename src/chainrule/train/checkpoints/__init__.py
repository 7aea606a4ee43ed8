"""Checkpoints: a run on disk, and how it goes on from there."""
