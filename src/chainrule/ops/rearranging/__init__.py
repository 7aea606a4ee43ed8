"""Composite functions that move elements: axes, parts, repetition, diagonals, differences."""
