"""Other people's test suites, run on chainrule: `python -m judges`."""
