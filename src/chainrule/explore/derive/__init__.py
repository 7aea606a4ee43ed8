"""Derivations: gradients as formulas, each line checked."""
