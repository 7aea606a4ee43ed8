"""Lists of the public functions: a line adds a function to the packages and the reference."""
