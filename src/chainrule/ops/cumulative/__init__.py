"""Cumulative products, extrema and log-sums, and the recurrence of their gradients."""
