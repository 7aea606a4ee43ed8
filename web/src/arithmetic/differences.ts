/** Central differences of the seeded outputs with respect to one input of one gate, in float64. */
import { isFloat, sizeOf, type Dense } from "../dense";
import { callOf, computed, type Circuit } from "./circuit";
import type { Call } from "./rule";

/** The cube root of the machine epsilon balances truncation and rounding; the fine one keeps away from kinks. */
const STEPS = [6e-6, 6e-9];
const NOISE = 8 * Number.EPSILON;

export interface Difference {
  readonly numeric: number;
  /** The rounding error of `numeric`. */
  readonly noise: number;
  /** The kind of a gate that has different branches at the two points, for every step; null if none. */
  readonly kink: string | null;
  readonly left: number;
  readonly right: number;
}

interface Branch {
  readonly kind: string;
  readonly pieces: ArrayLike<number>;
}

interface Point {
  readonly total: number;
  readonly branches: readonly Branch[];
}

/** The outputs as a function of one input of one gate; other uses of that input stay as they are. */
export class Probe {
  private readonly above: readonly number[];
  private readonly inside: readonly number[];
  private readonly moved: number;
  private readonly total: number;

  constructor(
    private readonly circuit: Circuit,
    private readonly values: readonly Dense[],
    private readonly seed: readonly number[],
    private readonly node: number,
    private readonly position: number,
  ) {
    const { inputs, rule } = circuit.nodes[node];
    this.moved = inputs[position];
    const others = inputs.slice(1, 1 + (rule!.operands ?? 0)).filter((each) => each !== this.moved);
    this.inside = rule!.operands ? depending(circuit, this.moved, others).filter((each) => each <= inputs[0]) : [];
    this.above = depending(circuit, node, []);
    this.total = this.weighed(values);
  }

  /** Elements that one evaluation computes. */
  get cost(): number {
    return [...this.inside, this.node, ...this.above].reduce((sum, each) => sum + sizeOf(this.circuit.nodes[each].shape), 0);
  }

  /** The derivative with respect to one element; a step without a change of branch is preferred. */
  at(element: number): Difference {
    const size = Math.max(1, Math.abs(this.values[this.moved].values[element]));
    const found = this.difference(element, STEPS[0] * size);
    return found.kink === null ? found : this.difference(element, STEPS[1] * size);
  }

  private difference(element: number, step: number): Difference {
    const [above, below] = [this.run(element, step), this.run(element, -step)];
    const size = Math.max(Math.abs(above.total), Math.abs(below.total), Math.abs(this.total));
    return {
      numeric: (above.total - below.total) / (2 * step),
      noise: (NOISE * size) / step,
      kink: differing(above.branches, below.branches),
      left: (this.total - below.total) / step,
      right: (above.total - this.total) / step,
    };
  }

  /** The outputs with one element of the input moved, for this gate alone. */
  private run(element: number, step: number): Point {
    const values = this.values.slice();
    const branches: Branch[] = [];
    const compute = (node: number, call: Call): void => {
      const { kind, rule } = this.circuit.nodes[node];
      values[node] = computed(this.circuit.nodes[node], call);
      if (rule?.branch) branches.push({ kind, pieces: rule.branch(call) });
    };
    const computeAll = (nodes: readonly number[]): void => nodes.forEach((each) => compute(each, callOf(this.circuit.nodes[each], values)));

    const input = values[this.moved];
    const moved = { ...input, values: input.values.map((each, i) => (i === element ? each + step : each)) };
    values[this.moved] = moved;
    computeAll(this.inside);
    values[this.moved] = input;
    compute(this.node, this.callWith(moved, values));
    for (const each of this.inside) values[each] = this.values[each];
    computeAll(this.above);
    return { total: this.weighed(values), branches };
  }

  /** The call of the gate with one input moved, also where other inputs are the same node. */
  private callWith(moved: Dense, values: readonly Dense[]): Call {
    const call = callOf(this.circuit.nodes[this.node], values);
    return { ...call, inputs: call.inputs.map((each, i) => (i === this.position ? moved : each)) };
  }

  private weighed(values: readonly Dense[]): number {
    let [sum, at] = [0, 0];
    for (const output of new Set(this.circuit.outputs)) {
      if (!isFloat(this.circuit.nodes[output].dtype)) continue;
      for (const each of values[output].values) sum += each * this.seed[at++];
    }
    return sum;
  }
}

/** The kind of the first gate that uses different pieces at two points; null if there is none. */
function differing(above: readonly Branch[], below: readonly Branch[]): string | null {
  const found = above.find(({ pieces }, i) => Array.from(pieces).some((each, j) => !Object.is(each, below[i].pieces[j])));
  return found?.kind ?? null;
}

/** The gates above a node that change with it; nothing changes through stop_gradient, nor through `still` nodes. */
function depending(circuit: Circuit, source: number, still: readonly number[]): number[] {
  const found = new Set([source]);
  circuit.nodes.forEach(({ inputs, kind }, node) => {
    if (node > source && kind !== "stop_gradient" && !still.includes(node) && inputs.some((each) => found.has(each))) found.add(node);
  });
  return [...found].filter((each) => each !== source);
}
