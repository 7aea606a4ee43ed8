"""Functions that make tensors: filled with one value, ranges, grids and triangles."""
