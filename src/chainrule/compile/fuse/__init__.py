"""Fuse: decide which gates one pass over memory computes together."""
