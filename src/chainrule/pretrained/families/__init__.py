"""Families of pretrained networks: their configurations, names and heads."""
