"""Benchmarks: chainrule beside its peers, in one run; `python -m benchmarks` in the root."""
