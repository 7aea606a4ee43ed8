"""What a user waits for before a step runs: first calls, new batch sizes, growing lengths."""
