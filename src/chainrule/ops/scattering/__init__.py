"""Scattering by ids with a reduction, and reductions of segments."""
