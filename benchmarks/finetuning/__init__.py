"""Fine-tuning of a pretrained network beside transformers and torch, with the same batches."""
