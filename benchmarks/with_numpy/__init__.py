"""Models written by hand in NumPy: forward, backward and Adam."""
