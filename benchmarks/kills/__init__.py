"""Trainings on several processes, of which some are killed at any moment."""
