"""LLVM text of floor division and remainder, rounded down as in Python and NumPy."""

from __future__ import annotations

from chainrule.graph.lowering import Writer
from chainrule.graph.node import Node
from chainrule.ops.scalars import call, literal, type_of


def divide_down(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the quotient rounded down; for integers it is 0 if the divisor is 0."""
    return (_quotient if node.dtype.kind == "f" else _whole_quotient)(writer, node, x)


def remain(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the remainder, with the sign of the divisor; for integers it is 0 if that is 0."""
    return (_rest if node.dtype.kind == "f" else _whole_rest)(writer, node, x)


def remain_of_truncated(writer: Writer, node: Node, x: list[str]) -> str:
    """Write the remainder with the sign of the dividend; for integers it is 0 if b is 0."""
    kind, (a, b) = type_of(node.dtype), x
    if node.dtype.kind == "f":
        return call("fmod")(writer, node, x)
    if node.dtype.kind == "u":
        zero = writer.put(f"icmp eq {kind} {b}, 0")
        return writer.put(
            f"urem {kind} {a}, {writer.put(f'select i1 {zero}, {kind} 1, {kind} {b}')}"
        )
    safe, _, _ = _safe_divisor(writer, kind, b)
    return writer.put(f"srem {kind} {a}, {safe}")


# -- integers --------------------------------------------------------------------------------------


def _safe_divisor(writer: Writer, kind: str, b: str) -> tuple[str, str, str]:
    """Return a divisor that never traps, and whether the true divisor is 0, and -1."""
    zero = writer.put(f"icmp eq {kind} {b}, 0")
    minus = writer.put(f"icmp eq {kind} {b}, -1")
    either = writer.put(f"or i1 {zero}, {minus}")
    return writer.put(f"select i1 {either}, {kind} 1, {kind} {b}"), zero, minus


def _goes_below(writer: Writer, kind: str, rest: str, b: str) -> str:
    """Return whether the quotient was rounded up: the remainder has the other sign."""
    some = writer.put(f"icmp ne {kind} {rest}, 0")
    signs = writer.put(f"xor {kind} {rest}, {b}")
    differ = writer.put(f"icmp slt {kind} {signs}, 0")
    return writer.put(f"and i1 {some}, {differ}")


def _unsigned(writer: Writer, node: Node, x: list[str], operation: str) -> str:
    """Return the quotient or the remainder of numbers without a sign, 0 if the divisor is 0."""
    kind, (a, b) = type_of(node.dtype), x
    zero = writer.put(f"icmp eq {kind} {b}, 0")
    safe = writer.put(f"select i1 {zero}, {kind} 1, {kind} {b}")
    found = writer.put(f"{operation} {kind} {a}, {safe}")
    return writer.put(f"select i1 {zero}, {kind} 0, {kind} {found}")


def _whole_quotient(writer: Writer, node: Node, x: list[str]) -> str:
    if node.dtype.kind == "u":
        return _unsigned(writer, node, x, "udiv")
    kind, (a, b) = type_of(node.dtype), x
    safe, zero, minus = _safe_divisor(writer, kind, b)
    quotient = writer.put(f"sdiv {kind} {a}, {safe}")
    below = _goes_below(writer, kind, writer.put(f"srem {kind} {a}, {safe}"), safe)
    quotient = writer.put(f"sub {kind} {quotient}, {writer.put(f'zext i1 {below} to {kind}')}")
    negated = writer.put(f"sub {kind} 0, {a}")
    quotient = writer.put(f"select i1 {minus}, {kind} {negated}, {kind} {quotient}")
    return writer.put(f"select i1 {zero}, {kind} 0, {kind} {quotient}")


def _whole_rest(writer: Writer, node: Node, x: list[str]) -> str:
    if node.dtype.kind == "u":
        return _unsigned(writer, node, x, "urem")
    kind, (a, b) = type_of(node.dtype), x
    safe, _, _ = _safe_divisor(writer, kind, b)
    rest = writer.put(f"srem {kind} {a}, {safe}")
    below = _goes_below(writer, kind, rest, safe)
    more = writer.put(f"add {kind} {rest}, {safe}")
    return writer.put(f"select i1 {below}, {kind} {more}, {kind} {rest}")


# -- floats, in the order of operations of NumPy ---------------------------------------------------


def _truncated(writer: Writer, node: Node, x: list[str]) -> tuple[str, str, str]:
    """Return C's fmod, whether it is not 0, and whether its sign differs from that of b."""
    kind, zero, b = type_of(node.dtype), literal(0, node.dtype), x[1]
    rest = call("fmod")(writer, node, x)
    some = writer.put(f"fcmp une {kind} {rest}, {zero}")
    signs = (writer.put(f"fcmp olt {kind} {each}, {zero}") for each in (b, rest))
    differ = writer.put(f"xor i1 {next(signs)}, {next(signs)}")
    return rest, some, writer.put(f"and i1 {some}, {differ}")


def _rest(writer: Writer, node: Node, x: list[str]) -> str:
    kind, zero, b = type_of(node.dtype), literal(0, node.dtype), x[1]
    rest, some, below = _truncated(writer, node, x)
    more = writer.put(f"fadd {kind} {rest}, {b}")
    turned = writer.put(f"select i1 {below}, {kind} {more}, {kind} {rest}")
    return writer.put(f"select i1 {some}, {kind} {turned}, {kind} {_signed(writer, node, zero, b)}")


def _quotient(writer: Writer, node: Node, x: list[str]) -> str:
    """Write (a - remainder) / b, rounded to an integer; a / b if b is 0 or one is infinite."""
    kind, zero, (a, b) = type_of(node.dtype), literal(0, node.dtype), x
    one, half = literal(1, node.dtype), literal(0.5, node.dtype)
    rest, _, below = _truncated(writer, node, x)
    exact = writer.put(f"fdiv {kind} {writer.put(f'fsub {kind} {a}, {rest}')}, {b}")
    less = writer.put(f"fsub {kind} {exact}, {one}")
    exact = writer.put(f"select i1 {below}, {kind} {less}, {kind} {exact}")
    down = writer.put(f"call {kind} @llvm.floor.f{8 * node.dtype.itemsize}({kind} {exact})")
    far = writer.put(f"fcmp ogt {kind} {writer.put(f'fsub {kind} {exact}, {down}')}, {half}")
    up = writer.put(f"fadd {kind} {down}, {one}")
    whole = writer.put(f"select i1 {far}, {kind} {up}, {kind} {down}")
    plain = writer.put(f"fdiv {kind} {a}, {b}")
    some = writer.put(f"fcmp une {kind} {exact}, {zero}")
    found = _signed(writer, node, zero, plain)
    found = writer.put(f"select i1 {some}, {kind} {whole}, {kind} {found}")
    size = f"call {kind} @llvm.fabs.f{8 * node.dtype.itemsize}"
    infinity = literal(float("inf"), node.dtype)
    finite = [
        writer.put(f"fcmp olt {kind} {writer.put(f'{size}({kind} {each})')}, {infinity}")
        for each in x
    ]
    both = writer.put(f"and i1 {finite[0]}, {finite[1]}")
    divides = writer.put(f"fcmp une {kind} {b}, {zero}")
    divides = writer.put(f"and i1 {both}, {divides}")
    return writer.put(f"select i1 {divides}, {kind} {found}, {kind} {plain}")


def _signed(writer: Writer, node: Node, size: str, sign: str) -> str:
    kind = type_of(node.dtype)
    name = f"llvm.copysign.f{8 * node.dtype.itemsize}"
    return writer.put(f"call {kind} @{name}({kind} {size}, {kind} {sign})")
