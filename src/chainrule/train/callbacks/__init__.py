"""Callbacks: logs, pictures, early stopping, and files of the best model."""
