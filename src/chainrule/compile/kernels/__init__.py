"""Kernels: the text of native loops."""
