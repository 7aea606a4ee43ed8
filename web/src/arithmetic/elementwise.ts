/** Gates that compute every element from the elements at the same place. */
import type { Dense } from "../dense";
import { broadcast } from "./broadcasting";
import { roundingOf, rounded, type Round } from "./rounding";
import type { Call, Rule } from "./rule";

/** One element from those of the operands; `r` rounds what lies between. */
export type Formula = (r: Round, ...x: number[]) => number;

/** One element of the gradient from upstream, output and operands; null where no gradient passes. */
export type Slope = ((r: Round, g: number, y: number, ...x: number[]) => number) | null;

/** The rule of an elementwise gate, from its formula and one slope per input. */
export function elementwise(formula: Formula, slopes: readonly Slope[], branch?: Formula): Rule {
  const rule: Rule = {
    forward: (call) => computed(formula, roundingOf(call.dtype), operands(call)),
    backward: (upstream, output, call, position) => {
      const slope = slopes[position];
      if (!slope) return null;
      const columns = [upstream.values, output.values, ...operands(call)];
      return rounded(output.shape, output.dtype, computed(slope, roundingOf(output.dtype), columns));
    },
    passes: (position) => Boolean(slopes[position]),
    elementwise: true,
  };
  if (branch) rule.branch = (call) => computed(branch, (value) => value, operands(call));
  return rule;
}

function operands(call: Call): Float64Array[] {
  return call.inputs.map((each) => broadcast(each, call.shape));
}

/** Arguments are written out for the usual numbers of operands, since spreading them costs several times as much. */
function computed(formula: Formula, r: Round, columns: readonly Float64Array[]): Float64Array {
  const [a, b, c, d] = columns;
  const found = new Float64Array(a.length);
  const size = found.length;
  if (columns.length === 1) for (let i = 0; i < size; i++) found[i] = formula(r, a[i]);
  else if (columns.length === 2) for (let i = 0; i < size; i++) found[i] = formula(r, a[i], b[i]);
  else if (columns.length === 3) for (let i = 0; i < size; i++) found[i] = formula(r, a[i], b[i], c[i]);
  else if (columns.length === 4) for (let i = 0; i < size; i++) found[i] = formula(r, a[i], b[i], c[i], d[i]);
  else for (let i = 0; i < size; i++) found[i] = formula(r, ...columns.map((each) => each[i]));
  return found;
}

/** Elements from those of tensors that broadcast to `shape`, rounded to the dtype. */
export function mapped(shape: readonly number[], dtype: string, formula: Formula, ...tensors: readonly Dense[]): Dense {
  const columns = tensors.map((each) => broadcast(each, shape));
  return rounded(shape, dtype, computed(formula, roundingOf(dtype), columns));
}
