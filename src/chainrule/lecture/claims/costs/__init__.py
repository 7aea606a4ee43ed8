"""What a computation costs: passes, layers, functions, loops."""
