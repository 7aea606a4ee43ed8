"""Run: programs in memory, their call tables and their threads."""
