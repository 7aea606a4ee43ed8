"""Element by element: gates in index notation, and the chain rule for single elements."""
