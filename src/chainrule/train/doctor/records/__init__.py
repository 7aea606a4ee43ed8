"""Exams as lines of a file: written during a run, checked and read later."""
