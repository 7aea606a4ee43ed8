"""The names and arguments under which NumPy's functions call ours."""
