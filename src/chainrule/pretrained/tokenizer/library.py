"""The package tokenizers, which is optional."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from chainrule.pretrained.errors import PretrainedError


def library() -> Any:
    """Return the package tokenizers; raises PretrainedError if it is not installed."""
    if find_spec("tokenizers") is None:
        raise PretrainedError(
            "A tokenizer was to be opened, but the package tokenizers is not installed. Install it "
            "with pip install 'chainrule[pretrained]'."
        )
    return import_module("tokenizers")


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn the exceptions of the package into PretrainedError.

    It raises Exception itself, and PanicException, which is no Exception, for what it did not
    expect.
    """
    try:
        yield
    except PretrainedError:
        raise
    except BaseException as error:
        panic = type(error).__name__ == "PanicException"
        if not isinstance(error, Exception) and not panic:
            raise
        raise PretrainedError(f"{what}: {error}.") from error
