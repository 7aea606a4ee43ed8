"""Operators on functions of one argument as operators on functions of several."""

from __future__ import annotations

import functools
from contextlib import suppress
from typing import Any


def unary_to_nary(operator: Any) -> Any:
    """Return the operator for functions of several arguments, of which `argnum` are meant."""

    @functools.wraps(operator)
    def nary(fun: Any, argnum: Any = 0, *operator_args: Any, **operator_kwargs: Any) -> Any:
        if type(argnum) not in (int, tuple, list):
            raise AssertionError(argnum)

        def of_arguments(*args: Any, **kwargs: Any) -> Any:
            several = not isinstance(argnum, int)
            places = argnum if several else (argnum,)

            def unary(x: Any) -> Any:
                given = list(args)
                for place, each in zip(places, x if several else (x,), strict=True):
                    given[place] = each
                return fun(*given, **kwargs)

            with suppress(AttributeError):
                unary.__name__ = fun.__name__
            x = tuple(args[i] for i in argnum) if several else args[argnum]
            return operator(unary, x, *operator_args, **operator_kwargs)

        return _named(of_arguments, fun, operator, argnum)

    return nary


def _named(new: Any, fun: Any, operator: Any, argnum: Any) -> Any:
    with suppress(AttributeError):
        name = getattr(fun, "__name__", "[unknown name]")
        new.__name__ = f"{operator.__name__}_of_{name}_wrt_argnum_{argnum}"
    return new
