"""States of callbacks: compared with the given callbacks, and restored for all or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from chainrule.graph import ChainruleError
from chainrule.train.callbacks.callback import Callback
from chainrule.train.checkpoints.run_settings import CALLBACK, GIVEN, NOT_GIVEN, Differences
from chainrule.train.errors import CheckpointError
from chainrule.train.state.run import Run

Callbacks = Mapping[str, Callback]
States = Mapping[str, Mapping[str, Any]]


class CallbackStates:
    """The states of the callbacks of a run, so that another process can continue them.

    values  by name, after the last epoch
    """

    def __init__(self, callbacks: Sequence[Callback]) -> None:
        self._callbacks, self.values = by_name(callbacks), {}

    values: States

    def current(self) -> States:
        """Return the states as they are now."""
        return {name: each.state() for name, each in self._callbacks.items()}

    def restore(self, run: Run) -> None:
        """Give the callbacks of this process the states of the last epoch."""
        load_states(run, self._callbacks, self.values)


def changed_callbacks(callbacks: Callbacks, states: States) -> Differences:
    """Return the callbacks with a state that were added or are missing."""
    gone = [name for name, state in states.items() if state and name not in callbacks]
    new = [name for name, each in callbacks.items() if name not in states and each.state()]
    return {
        **{f"{CALLBACK} {name}": (GIVEN, NOT_GIVEN) for name in gone},
        **{f"{CALLBACK} {name}": (NOT_GIVEN, GIVEN) for name in new},
    }


def load_states(run: Run, callbacks: Callbacks, states: States) -> None:
    """Restore the states of callbacks.

    Raises TrainingError if one cannot be restored; all callbacks then keep their states.
    """
    for name, each in callbacks.items():
        state = states.get(name)
        with _named(name):
            each.check(run, None if state is None else dict(state))
    before = {name: each.state() for name, each in callbacks.items() if name in states}
    loaded = []
    try:
        for name in before:
            loaded.append(name)
            with _named(name):
                callbacks[name].load_state(dict(states[name]))
    except BaseException:
        for name in loaded:
            callbacks[name].load_state(before[name])
        raise


@contextmanager
def _named(callback: str) -> Iterator[None]:
    """Turn an error of a callback into a CheckpointError."""
    try:
        yield
    except ChainruleError:
        raise
    except Exception as error:
        raise CheckpointError(
            f"The callback {callback} cannot restore the state in the checkpoint: "
            f"{error!r}. Give the callback that the run began with, or name another folder."
        ) from error


def by_name(callbacks: Sequence[Callback]) -> dict[str, Callback]:
    """Return callbacks by class name and number, such as "CSVLog.1"."""
    seen: Counter[str] = Counter()
    found = {}
    for each in callbacks:
        kind = type(each).__name__
        seen[kind] += 1
        found[f"{kind}.{seen[kind]}"] = each
    return found
