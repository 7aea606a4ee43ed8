/** The rule of every kind that the page computes. The kinds stand once, in a list that Python reads too. */
import kinds from "../../../src/chainrule/explore/page/kinds.json";
import { ARITHMETIC } from "./arithmetic_gates";
import { ELEMENTARY } from "./elementary";
import { MOVING } from "./moving";
import { OWN_BACKWARDS } from "./own_backwards";
import { PRODUCTS } from "./products";
import { REDUCING } from "./reducing";
import { ROWS } from "./rows";
import type { Rule } from "./rule";
import { SELECTING } from "./selecting";

const DECLARED = { ...ARITHMETIC, ...ELEMENTARY, ...SELECTING, ...MOVING, ...PRODUCTS, ...REDUCING, ...ROWS };

export const PRIMITIVES: Record<string, Rule> = listed(kinds.primitives, DECLARED);
export const GATES: Record<string, Rule> = listed(kinds.gates, OWN_BACKWARDS);

/** The rule of a gate with as many inputs; a gate with its own backward has its result among them. */
export function ruleOf(kind: string, inputs: number): Rule | undefined {
  const own = inputs > 1 ? GATES[kind] : undefined;
  return own ?? PRIMITIVES[kind];
}

function listed(names: readonly string[], declared: Record<string, Rule>): Record<string, Rule> {
  const missing = names.filter((each) => !(each in declared));
  const more = Object.keys(declared).filter((each) => !names.includes(each));
  if (missing.length || more.length) {
    throw new Error(`The list of kinds and the arithmetic differ: without a rule ${missing.join(", ") || "none"}, not in the list ${more.join(", ") || "none"}.`);
  }
  return declared;
}
