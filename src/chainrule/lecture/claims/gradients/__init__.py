"""What a gradient is, how it is computed, and how it is checked."""
