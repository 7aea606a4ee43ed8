"""Files that `torch.save` writes, read by an interpreter of exactly what tensors need."""
