/** Comparisons, logic, and gates that select between their operands. */
import { elementwise, type Formula } from "./elementwise";
import type { Rule } from "./rule";

function deciding(holds: (a: number, b: number) => boolean): Rule {
  const formula: Formula = (_, a, b) => (holds(a, b) ? 1 : 0);
  return elementwise(formula, [null, null], formula);
}

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
