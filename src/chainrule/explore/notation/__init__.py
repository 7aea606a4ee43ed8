"""Notation: tensors as formulas, arrays as statistics."""
