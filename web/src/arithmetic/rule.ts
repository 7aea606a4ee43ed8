/** What the arithmetic of the page knows of one kind of gate. */
import type { Dense } from "../dense";

/** One gate with the values of its inputs; shape and dtype are those of its output. */
export interface Call {
  readonly inputs: readonly Dense[];
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface Rule {
  /** Elements of the output, not yet rounded to its dtype. */
  forward(call: Call): Float64Array;
  /**
   * The downstream gradient for the input at `position`, null if none passes. Its shape may be the one that the
   * input broadcasts to: the pass sums it, once for all kinds.
   */
  backward(upstream: Dense, output: Dense, call: Call, position: number): Dense | null;
  /** Whether a gradient passes to the input at `position`. */
  passes(position: number): boolean;
  /** Whether output and gradient are computed element by element, so that there is a local gradient. */
  elementwise: boolean;
  /** For a gate with its own backward, whose value is that of its first input: how many operands follow. */
  operands?: number;
  /** Which smooth piece is in use; absent for kinds that are smooth wherever they are finite. */
  branch?(call: Call): ArrayLike<number>;
}

/** A static argument that is a list of integers, or one integer. */
export function integers(call: Call, name: string): number[] {
  const found = call.attributes[name];
  return typeof found === "number" ? [found] : (found as number[]);
}

export function integer(call: Call, name: string): number {
  return call.attributes[name] as number;
}
