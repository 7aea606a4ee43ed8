"""The claims, one file each: what a teacher could put on a slide."""
