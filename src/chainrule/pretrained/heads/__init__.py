"""Heads: what is computed from the output of a pretrained encoder."""
