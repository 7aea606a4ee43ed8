"""The models in PyTorch on the CPU, eager: fused Adam, and SparseAdam for tables of vectors."""
