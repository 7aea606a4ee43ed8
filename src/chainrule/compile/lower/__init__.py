"""Lower: every step as calls of kernels."""
