"""Scalars: what one element of an elementwise gate is in LLVM's language."""

from __future__ import annotations

from chainrule.compile.body import Body as Body
from chainrule.compile.body import Emit
from chainrule.compile.body import literal as literal
from chainrule.compile.body import type_of as type_of
from chainrule.compile.division import floor_divide, remainder
from chainrule.graph import Constant, Tensor


def _binary(floats: str, integers: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        operation = floats if node.dtype.kind == "f" else integers
        return body.put(f"{operation} {type_of(node.dtype)} {x[0]}, {x[1]}")

    return emit


def _compare(floats: str, integers: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        dtype = node.inputs[0].dtype
        operation = f"fcmp {floats}" if dtype.kind == "f" else f"icmp {integers}"
        flag = body.put(f"{operation} {type_of(dtype)} {x[0]}, {x[1]}")
        return body.put(f"zext i1 {flag} to i8")

    return emit


def _logic(operation: str) -> Emit:
    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        return body.put(f"{operation} i8 {x[0]}, {x[1]}")

    return emit


def _not(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"xor i8 {x[0]}, 1")


def _truth(body: Body, x: str) -> str:
    return body.put(f"icmp ne i8 {x}, 0")


def _where(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    return body.put(f"select i1 {_truth(body, x[0])}, {kind} {x[1]}, {kind} {x[2]}")


def _extremum(ordered: str, integers: str) -> Emit:
    """The larger or smaller of two; NaN wins, as in NumPy; equal operands give the second."""

    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        kind = type_of(node.dtype)
        if node.dtype.kind != "f":
            flag = body.put(f"icmp {integers} {kind} {x[0]}, {x[1]}")
        else:
            greater = body.put(f"fcmp {ordered} {kind} {x[0]}, {x[1]}")
            nan = body.put(f"fcmp uno {kind} {x[0]}, {x[0]}")
            flag = body.put(f"or i1 {greater}, {nan}")
        return body.put(f"select i1 {flag}, {kind} {x[0]}, {kind} {x[1]}")

    return emit


def _negative(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    return body.put(f"fneg {kind} {x[0]}" if node.dtype.kind == "f" else f"sub {kind} 0, {x[0]}")


def _divide(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"fdiv {type_of(node.dtype)} {x[0]}, {x[1]}")


def _abs(body: Body, node: Tensor, x: list[str]) -> str:
    if node.dtype.kind == "f":
        return _call("llvm.fabs")(body, node, x)
    kind = type_of(node.dtype)
    below = body.put(f"icmp slt {kind} {x[0]}, 0")
    return body.put(f"select i1 {below}, {kind} {_negative(body, node, x)}, {kind} {x[0]}")


def _sign(body: Body, node: Tensor, x: list[str]) -> str:
    """-1, 0 or 1; of NaN, NaN."""
    kind, is_float = type_of(node.dtype), node.dtype.kind == "f"
    zero, one, minus = (literal(each, node.dtype) for each in (0, 1, -1))
    less, greater = ("fcmp olt", "fcmp ogt") if is_float else ("icmp slt", "icmp sgt")
    below = body.put(f"{less} {kind} {x[0]}, {zero}")
    above = body.put(f"{greater} {kind} {x[0]}, {zero}")
    found = body.put(f"select i1 {below}, {kind} {minus}, {kind} {zero}")
    found = body.put(f"select i1 {above}, {kind} {one}, {kind} {found}")
    if not is_float:
        return found
    nan = body.put(f"fcmp uno {kind} {x[0]}, {x[0]}")
    return body.put(f"select i1 {nan}, {kind} {x[0]}, {kind} {found}")


def _reciprocal(body: Body, node: Tensor, x: list[str]) -> str:
    return body.put(f"fdiv {type_of(node.dtype)} {literal(1, node.dtype)}, {x[0]}")


def _call(name: str) -> Emit:
    """A function of one float: `@name.f32` or `@name.f64`, defined beside the kernel."""

    def emit(body: Body, node: Tensor, x: list[str]) -> str:
        kind = type_of(node.dtype)
        return body.put(f"call {kind} @{name}.f{8 * node.dtype.itemsize}({kind} {x[0]})")

    return emit


def _pow(body: Body, node: Tensor, x: list[str]) -> str:
    kind = type_of(node.dtype)
    if node.dtype.kind != "f":
        return _power(body, kind, x[0], int(node.inputs[1].peek().item()))
    bits = 8 * node.dtype.itemsize
    return body.put(f"call {kind} @llvm.pow.f{bits}({kind} {x[0]}, {kind} {x[1]})")


def _power(body: Body, kind: str, base: str, exponent: int) -> str:
    """An integer to a known power, by squaring: products wrap around, in whatever order."""
    result, square = "1", base
    while exponent:
        if exponent & 1:
            result = body.put(f"mul {kind} {result}, {square}")
        square = body.put(f"mul {kind} {square}, {square}")
        exponent >>= 1
    return result


def _has_known_power(node: Tensor) -> bool:
    exponent = node.inputs[1]
    return isinstance(exponent, Constant) and exponent.size == 1 and exponent.read().item() >= 0


def _shift(body: Body, node: Tensor, x: list[str]) -> str:
    """Shifts by as many bits as there are, or more, leave the sign, as in NumPy."""
    kind, most = type_of(node.dtype), 8 * node.dtype.itemsize - 1
    fits = body.put(f"icmp ult {kind} {x[1]}, {most}")
    count = body.put(f"select i1 {fits}, {kind} {x[1]}, {kind} {most}")
    return body.put(f"ashr {kind} {x[0]}, {count}")


def _astype(body: Body, node: Tensor, x: list[str]) -> str:
    old, new = node.inputs[0].dtype, node.dtype
    source, target = type_of(old), type_of(new)
    if new.kind == "b":
        compare = f"fcmp une {source} {x[0]}, 0.0" if old.kind == "f" else None
        flag = body.put(compare or f"icmp ne {source} {x[0]}, 0")
        return body.put(f"zext i1 {flag} to i8")
    if old.kind == "b":
        operation = "uitofp" if new.kind == "f" else "zext"
    elif old.kind == "f":
        smaller = "fpext" if new.itemsize > old.itemsize else "fptrunc"
        operation = smaller if new.kind == "f" else "fptosi"
    else:
        wider = "sext" if new.itemsize > old.itemsize else "trunc"
        operation = "sitofp" if new.kind == "f" else wider
    return body.put(f"{operation} {source} {x[0]} to {target}")


def _same(body: Body, node: Tensor, x: list[str]) -> str:
    return x[0]


EMIT: dict[str, Emit] = {
    "add": _binary("fadd", "add"),
    "subtract": _binary("fsub", "sub"),
    "multiply": _binary("fmul", "mul"),
    "divide": _divide,
    "floor_divide": floor_divide,
    "remainder": remainder,
    "maximum": _extremum("ogt", "sgt"),
    "minimum": _extremum("olt", "slt"),
    "negative": _negative,
    "reciprocal": _reciprocal,
    "abs": _abs,
    "sign": _sign,
    "sqrt": _call("llvm.sqrt"),
    "floor": _call("llvm.floor"),
    "round": _call("llvm.rint"),
    "sin": _call("llvm.sin"),
    "cos": _call("llvm.cos"),
    "pow": _pow,
    "exp": _call("exp"),
    "log": _call("log"),
    "tanh": _call("tanh"),
    "erf": _call("erf"),
    "expm1": _call("expm1"),
    "log1p": _call("log1p"),
    "equal": _compare("oeq", "eq"),
    "not_equal": _compare("une", "ne"),
    "less": _compare("olt", "slt"),
    "less_equal": _compare("ole", "sle"),
    "greater": _compare("ogt", "sgt"),
    "greater_equal": _compare("oge", "sge"),
    "logical_and": _logic("and"),
    "logical_or": _logic("or"),
    "logical_not": _not,
    "where": _where,
    "bitwise_right_shift": _shift,
    "astype": _astype,
    "broadcast_to": _same,
}


def can_emit(node: Tensor) -> bool:
    """Say whether one element of `node` can be computed in a native loop."""
    primitive = node.primitive
    if primitive is None or primitive.name not in EMIT:
        return False
    return primitive.name != "pow" or node.dtype.kind == "f" or _has_known_power(node)
