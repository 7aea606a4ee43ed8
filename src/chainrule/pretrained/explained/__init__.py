"""What a network attends to, and what tokens contribute to its scores."""
