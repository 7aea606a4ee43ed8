"""Division without a fraction, and what it leaves: rounded down, as Python and NumPy do."""

from __future__ import annotations

from chainrule.compile.body import Body, literal, type_of
from chainrule.graph import Tensor


def floor_divide(body: Body, node: Tensor, x: list[str]) -> str:
    """Return the quotient rounded down; of integers 0 if the divisor is 0."""
    return (_quotient if node.dtype.kind == "f" else _whole_quotient)(body, node, x)


def remainder(body: Body, node: Tensor, x: list[str]) -> str:
    """Return what is left, with the sign of the divisor; of integers 0 if the divisor is 0."""
    return (_rest if node.dtype.kind == "f" else _whole_rest)(body, node, x)


# -- integers --------------------------------------------------------------------------------------


def _safe_divisor(body: Body, kind: str, b: str) -> tuple[str, str, str]:
    """Return a divisor that traps on no processor, and whether the true one is 0, or -1."""
    zero = body.put(f"icmp eq {kind} {b}, 0")
    minus = body.put(f"icmp eq {kind} {b}, -1")
    either = body.put(f"or i1 {zero}, {minus}")
    return body.put(f"select i1 {either}, {kind} 1, {kind} {b}"), zero, minus


def _goes_below(body: Body, kind: str, rest: str, b: str) -> str:
    """Return whether the quotient was rounded up: what is left has the other sign."""
    some = body.put(f"icmp ne {kind} {rest}, 0")
    signs = body.put(f"xor {kind} {rest}, {b}")
    differ = body.put(f"icmp slt {kind} {signs}, 0")
    return body.put(f"and i1 {some}, {differ}")


def _whole_quotient(body: Body, node: Tensor, x: list[str]) -> str:
    kind, (a, b) = type_of(node.dtype), x
    safe, zero, minus = _safe_divisor(body, kind, b)
    quotient = body.put(f"sdiv {kind} {a}, {safe}")
    below = _goes_below(body, kind, body.put(f"srem {kind} {a}, {safe}"), safe)
    quotient = body.put(f"sub {kind} {quotient}, {body.put(f'zext i1 {below} to {kind}')}")
    negated = body.put(f"sub {kind} 0, {a}")
    quotient = body.put(f"select i1 {minus}, {kind} {negated}, {kind} {quotient}")
    return body.put(f"select i1 {zero}, {kind} 0, {kind} {quotient}")


def _whole_rest(body: Body, node: Tensor, x: list[str]) -> str:
    kind, (a, b) = type_of(node.dtype), x
    safe, _, _ = _safe_divisor(body, kind, b)
    rest = body.put(f"srem {kind} {a}, {safe}")
    below = _goes_below(body, kind, rest, safe)
    more = body.put(f"add {kind} {rest}, {safe}")
    return body.put(f"select i1 {below}, {kind} {more}, {kind} {rest}")


# -- floats, step by step as NumPy divides them ----------------------------------------------------


def _truncated(body: Body, node: Tensor, x: list[str]) -> tuple[str, str, str]:
    """Return what C's fmod leaves, whether there is any, and whether its sign is not b's."""
    kind, zero, (a, b) = type_of(node.dtype), literal(0, node.dtype), x
    rest = body.put(f"frem {kind} {a}, {b}")
    some = body.put(f"fcmp une {kind} {rest}, {zero}")
    signs = (body.put(f"fcmp olt {kind} {each}, {zero}") for each in (b, rest))
    differ = body.put(f"xor i1 {next(signs)}, {next(signs)}")
    return rest, some, body.put(f"and i1 {some}, {differ}")


def _rest(body: Body, node: Tensor, x: list[str]) -> str:
    kind, zero, b = type_of(node.dtype), literal(0, node.dtype), x[1]
    rest, some, below = _truncated(body, node, x)
    more = body.put(f"fadd {kind} {rest}, {b}")
    turned = body.put(f"select i1 {below}, {kind} {more}, {kind} {rest}")
    return body.put(f"select i1 {some}, {kind} {turned}, {kind} {_signed(body, node, zero, b)}")


def _quotient(body: Body, node: Tensor, x: list[str]) -> str:
    """(a - rest) / b, brought to the nearest whole number; a / b if the divisor is 0."""
    kind, zero, (a, b) = type_of(node.dtype), literal(0, node.dtype), x
    one, half = literal(1, node.dtype), literal(0.5, node.dtype)
    rest, _, below = _truncated(body, node, x)
    exact = body.put(f"fdiv {kind} {body.put(f'fsub {kind} {a}, {rest}')}, {b}")
    less = body.put(f"fsub {kind} {exact}, {one}")
    exact = body.put(f"select i1 {below}, {kind} {less}, {kind} {exact}")
    down = body.put(f"call {kind} @llvm.floor.f{8 * node.dtype.itemsize}({kind} {exact})")
    far = body.put(f"fcmp ogt {kind} {body.put(f'fsub {kind} {exact}, {down}')}, {half}")
    up = body.put(f"fadd {kind} {down}, {one}")
    whole = body.put(f"select i1 {far}, {kind} {up}, {kind} {down}")
    plain = body.put(f"fdiv {kind} {a}, {b}")
    some = body.put(f"fcmp une {kind} {exact}, {zero}")
    found = _signed(body, node, zero, plain)
    found = body.put(f"select i1 {some}, {kind} {whole}, {kind} {found}")
    divides = body.put(f"fcmp une {kind} {b}, {zero}")
    return body.put(f"select i1 {divides}, {kind} {found}, {kind} {plain}")


def _signed(body: Body, node: Tensor, size: str, sign: str) -> str:
    kind = type_of(node.dtype)
    name = f"llvm.copysign.f{8 * node.dtype.itemsize}"
    return body.put(f"call {kind} @{name}({kind} {size}, {kind} {sign})")
