"""Runs with a planted illness, and healthy ones, by which the doctor is judged."""
