"""Pretrained networks: their files, their tokens, their architectures."""
