"""The kernel of Adam's updates of rows in steps without a gradient."""

from __future__ import annotations

import math

from chainrule.compile.kernels.gate_kernel import GateKernel
from chainrule.compile.kernels.ir_writer import IRFunction
from chainrule.graph import DType, Tensor, float64
from chainrule.ops.idle_adam import terms_needed
from chainrule.ops.scalars import as_int64, literal, type_of


def idle_adam(node: Tensor) -> GateKernel:
    """out[r] = Σ_j mean[r] upper_j / (sqrt(square[r]) lower_j + epsilon), j from 1 to missed[r].

    `chainrule.ops.idle_adam` gives the formula. upper_j and lower_j are computed in float64. Rows
    whose mean is zero are not changed.
    """
    _, _, missed, steps = node.inputs
    f = IRFunction(5, 2)
    kind = type_of(node.dtype)
    with f.loop("%n0") as r:
        row = f.put(f"mul i64 {r}, %n1")
        mean, square, out = (f.at(kind, f"%p{i}", row) for i in (0, 1, 4))
        has_mean = f.cell("i1")
        f.do(f"store i1 false, ptr {has_mean}")
        with f.loop("%n1") as c:
            f.store(kind, literal(0, node.dtype), out, c)
            here = f.put(f"fcmp une {kind} {f.load(kind, mean, c)}, 0.0")
            so_far = f.put(f"load i1, ptr {has_mean}")
            f.do(f"store i1 {f.put(f'or i1 {so_far}, {here}')}, ptr {has_mean}")
        behind = _integer(f, missed.dtype, "%p2", r)
        last = f.put(f"sub i64 {_integer(f, steps.dtype, '%p3', '0')}, {behind}")
        count = _capped(f, behind, node)
        some, any_ = f.put(f"icmp sgt i64 {count}, 0"), f.put(f"load i1, ptr {has_mean}")
        with f.when(f.put(f"and i1 {some}, {any_}")), f.loop(count) as i:
            j = f.put(f"add i64 {i}, 1")
            upper, lower = _factors(f, node, j, f.put(f"add i64 {last}, {j}"))
            with f.loop("%n1", masked=True) as c:
                _add_term(f, node, mean, square, out, c, upper, lower)
    columns = node.size // node.shape[0]
    return GateKernel(f.text(), (node.shape[0], columns))


def _integer(f: IRFunction, dtype: DType, base: str, index: str) -> str:
    """Load an integer as i64."""
    return as_int64(f, dtype, f.load(type_of(dtype), base, index))


def _capped(f: IRFunction, count: str, node: Tensor) -> str:
    """Return the number of terms that are added; later terms are lost in rounding."""
    most = terms_needed(node.attributes["beta1"], node.attributes["beta2"], node.dtype)
    if math.isinf(most):
        return count
    return f.put(f"call i64 @llvm.smin.i64(i64 {count}, i64 {int(most)})")


def _factors(f: IRFunction, node: Tensor, j: str, number: str) -> tuple[str, str]:
    """Return b1^j / (1 - b1^n) and sqrt(b2^j / (1 - b2^n)), n the number of the step."""
    factors = []
    for name in ("beta1", "beta2"):
        above = _power(f, node.attributes[name], j)
        rest = f.put(f"fsub double 1.0, {_power(f, node.attributes[name], number)}")
        factors.append(f.put(f"fdiv double {above}, {rest}"))
    factors[1] = f.put(f"call double @llvm.sqrt.f64(double {factors[1]})")
    if node.dtype == float64:
        return factors[0], factors[1]
    upper, lower = (f.put(f"fptrunc double {each} to float") for each in factors)
    return upper, lower


def _power(f: IRFunction, base: float, exponent: str) -> str:
    """Return a power in float64."""
    wide = f.put(f"sitofp i64 {exponent} to double")
    return f.put(f"call double @llvm.pow.f64(double {literal(base, float64)}, double {wide})")


def _add_term(
    f: IRFunction, node: Tensor, mean: str, square: str, out: str, c: str, upper: str, lower: str
) -> None:
    """Add the update of one step to an element."""
    kind, bits = type_of(node.dtype), 8 * node.dtype.itemsize
    root = f.put(f"call {kind} @llvm.sqrt.f{bits}({kind} {f.load(kind, square, c)})")
    epsilon = literal(node.attributes["epsilon"], node.dtype)
    below = f.put(f"fadd {kind} {f.put(f'fmul {kind} {root}, {lower}')}, {epsilon}")
    term = f.put(f"fdiv {kind} {f.put(f'fmul {kind} {f.load(kind, mean, c)}, {upper}')}, {below}")
    f.store(kind, f.put(f"fadd {kind} {f.load(kind, out, c)}, {term}"), out, c)
