"""The structure of a graph as it is shown: its calls, its units, the names of its nodes."""
