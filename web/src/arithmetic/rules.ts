/** The rule of every kind that the page computes; kinds.json beside the Python of the page lists the same kinds. */
import { ARITHMETIC } from "./arithmetic_gates";
import { ELEMENTARY } from "./elementary";
import { MOVING } from "./moving";
import { OWN_BACKWARDS } from "./own_backwards";
import { PRODUCTS } from "./products";
import { REDUCING } from "./reducing";
import { ROWS } from "./rows";
import type { Rule } from "./rule";
import { SELECTING } from "./selecting";

export const PRIMITIVES: Record<string, Rule> = {
  ...ARITHMETIC,
  ...ELEMENTARY,
  ...SELECTING,
  ...MOVING,
  ...PRODUCTS,
  ...REDUCING,
  ...ROWS,
};

export const GATES = OWN_BACKWARDS;

/** The rule of a gate with as many inputs; a gate with its own backward has its result among them. */
export function ruleOf(kind: string, inputs: number): Rule | undefined {
  return (inputs > 1 ? GATES[kind] : undefined) ?? PRIMITIVES[kind];
}
