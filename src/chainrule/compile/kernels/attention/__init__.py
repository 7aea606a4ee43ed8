"""Kernels of attention: blocks of queries by blocks of keys, without stored weights."""
