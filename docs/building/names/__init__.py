"""The page "Names you know": functions of NumPy, PyTorch and JAX, and what to write here."""
