"""Measurements of one exam: gates, parameters and loops of the graph of one batch."""
