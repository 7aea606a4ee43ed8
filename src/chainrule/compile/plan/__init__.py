"""Plan: the order of the calls, and where in memory every value stands."""
