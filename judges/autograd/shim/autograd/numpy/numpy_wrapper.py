"""A module of autograd's own."""
