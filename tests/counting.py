"""Work is counted, not timed: calls of functions are the same on every machine."""

import sys


def calls(function):
    """Return how many functions of Python and of C run while `function` is called."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count
