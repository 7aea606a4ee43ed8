"""Run: native code with its memory, called from any thread."""
