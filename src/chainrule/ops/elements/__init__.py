"""Elementary functions of numbers, element by element, by family."""
