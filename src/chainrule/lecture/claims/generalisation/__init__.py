"""What helps on samples that were not trained on, and what harms."""
