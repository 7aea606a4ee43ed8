"""Sorting, and what follows from order: top elements, searching, sets, positions."""
