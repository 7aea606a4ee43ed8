"""Products summed over axes: einsum, tensordot and what follows from them."""
