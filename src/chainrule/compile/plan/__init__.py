"""Plan: give every value a place in memory, and write the call tables."""
