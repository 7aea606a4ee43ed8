"""Explanations: what every gate does to the gradient, in words and numbers."""
