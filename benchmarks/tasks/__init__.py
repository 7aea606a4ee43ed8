"""The tasks: what is measured, at which sizes, and on which random numbers."""
