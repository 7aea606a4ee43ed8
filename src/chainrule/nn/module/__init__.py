"""Modules: the tree of parameters, calls, summaries, saving and loading."""
