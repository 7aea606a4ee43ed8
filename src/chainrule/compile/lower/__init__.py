"""Lower: write the kernels of all steps, and the calls of the kernels."""
