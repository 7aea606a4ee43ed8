"""What stands in a folder of a network, and what it becomes."""
