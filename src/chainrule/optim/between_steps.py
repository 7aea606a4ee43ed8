"""Between steps: what a compiled function would do once, while it is traced, and never again."""

from __future__ import annotations

from chainrule.graph import ChainruleError, current_trace


def require_between_steps(asked: str, cure: str) -> None:
    """Raise ChainruleError, which says what was asked and what to do, in a compiled function."""
    if current_trace() is not None:
        raise ChainruleError(
            f"{asked} in a compiled function, where it would happen once, while the function is "
            f"traced. {cure}"
        )
