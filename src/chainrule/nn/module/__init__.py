"""The module: a tree of parameters, its calls, its summary and its files."""
