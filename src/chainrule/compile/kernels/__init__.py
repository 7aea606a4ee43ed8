"""Kernels: the text of native loops, and the table of templates that refers to them."""
