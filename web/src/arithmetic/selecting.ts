/** Comparisons, logic, and gates that select between their operands. */
import { elementwise, type Formula } from "./elementwise";
import type { Rule } from "./rule";

function deciding(holds: (a: number, b: number) => boolean): Rule {
  const formula: Formula = (_, a, b) => (holds(a, b) ? 1 : 0);
  return elementwise(formula, [null, null], formula);
}

/** An operation on the bits of integers, of which doubles hold 53. */
function onBits(operation: (a: bigint, b: bigint) => bigint): Rule {
  return elementwise((_, a, b) => Number(operation(BigInt(a), BigInt(b))), [null, null]);
}

const inverted: Rule = {
  forward: (call) => call.inputs[0].values.map((each) => (call.dtype === "bool" ? 1 - each : -each - 1)),
  backward: () => null,
  passes: () => false,
  elementwise: true,
};

const isGreater: Formula = (_, a, b) => (a > b ? 1 : 0);
const isLess: Formula = (_, a, b) => (a < b ? 1 : 0);

export const SELECTING: Record<string, Rule> = {
  equal: deciding((a, b) => a === b),
  not_equal: deciding((a, b) => a !== b),
  less: deciding((a, b) => a < b),
  less_equal: deciding((a, b) => a <= b),
  greater: deciding((a, b) => a > b),
  greater_equal: deciding((a, b) => a >= b),
  logical_and: deciding((a, b) => a !== 0 && b !== 0),
  logical_or: deciding((a, b) => a !== 0 || b !== 0),
  logical_xor: deciding((a, b) => (a !== 0) !== (b !== 0)),
  logical_not: elementwise((_, a) => (a === 0 ? 1 : 0), [null], (_, a) => (a === 0 ? 1 : 0)),
  bitwise_and: onBits((a, b) => a & b),
  bitwise_or: onBits((a, b) => a | b),
  bitwise_xor: onBits((a, b) => a ^ b),
  bitwise_invert: inverted,
  where: elementwise(
    (_, condition, a, b) => (condition !== 0 ? a : b),
    [null, (_, g, _y, condition) => (condition !== 0 ? g : 0), (_, g, _y, condition) => (condition !== 0 ? 0 : g)],
    (_, condition) => condition,
  ),
  maximum: elementwise(
    (_, a, b) => (a > b || Number.isNaN(a) ? a : b),
    [(_, g, _y, a, b) => (a > b ? g : 0), (_, g, _y, a, b) => (a > b ? 0 : g)],
    isGreater,
  ),
  minimum: elementwise(
    (_, a, b) => (a < b || Number.isNaN(a) ? a : b),
    [(_, g, _y, a, b) => (a < b ? g : 0), (_, g, _y, a, b) => (a < b ? 0 : g)],
    isLess,
  ),
};
