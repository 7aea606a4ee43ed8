"""Rewrite: compute the same results with fewer or cheaper gates."""
