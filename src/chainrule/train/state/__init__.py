"""The state of a run: position, history, tracked parameters, and checks of stored values."""
