"""The claims, one file each, in a folder per topic: what a teacher could put on a slide."""
