"""Rewrite: the same results from fewer gates."""
