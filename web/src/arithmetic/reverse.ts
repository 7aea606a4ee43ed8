/** The reverse pass: every gate is visited once, from the outputs back. */
import { isFloat, sizeOf, type Dense } from "../dense";
import { summedTo } from "./broadcasting";
import { callOf, type Circuit, type CircuitNode } from "./circuit";
import { mapped } from "./elementwise";

export interface Gradients {
  /** Per node the gradient that arrives, summed over its uses; null without a path. */
  readonly upstream: (Dense | null)[];
  /** Per node and input the gradient that it sends there; null if none. */
  readonly downstream: (Dense | null)[][];
  /** Per node and input the local gradient of an elementwise gate; null for others. */
  readonly local: (Dense | null)[][];
}

/** The gradients of the outputs, each weighted by its seed: the elements of all floating-point outputs in a row. */
export function reverse(circuit: Circuit, values: readonly Dense[], seed: readonly number[]): Gradients {
  const { nodes } = circuit;
  const needed = flowing(circuit);
  const found: Gradients = {
    upstream: nodes.map(() => null),
    downstream: nodes.map((each) => each.inputs.map(() => null)),
    local: nodes.map((each) => each.inputs.map(() => null)),
  };
  startFrom(circuit, found.upstream, seed);
  for (let node = nodes.length - 1; node >= 0; node--) {
    const upstream = found.upstream[node];
    if (!needed[node]) found.upstream[node] = null;
    else if (upstream && nodes[node].rule) send(circuit, values, node, needed, found);
  }
  return found;
}

/** Which nodes have a derivative with respect to a wanted leaf; comparisons and the like end a path. */
export function flowing({ nodes }: Circuit): boolean[] {
  const found: boolean[] = [];
  for (const { isWanted, rule, dtype, inputs } of nodes) {
    found.push(isWanted || (rule !== null && isFloat(dtype) && inputs.some((each, i) => found[each] && rule.passes(i))));
  }
  return found;
}

function startFrom(circuit: Circuit, upstream: (Dense | null)[], seed: readonly number[]): void {
  let from = 0;
  for (const output of new Set(circuit.outputs)) {
    const { shape, dtype } = circuit.nodes[output];
    if (!isFloat(dtype)) continue;
    const size = sizeOf(shape);
    const part = Float64Array.from(seed.slice(from, from + size));
    upstream[output] = summed(upstream[output], { shape, dtype, values: part });
    from += size;
  }
}

function send(circuit: Circuit, values: readonly Dense[], node: number, needed: readonly boolean[], found: Gradients): void {
  const { inputs, rule, shape, dtype } = circuit.nodes[node];
  const call = callOf(circuit.nodes[node], values);
  inputs.forEach((input, position) => {
    if (!needed[input] || !rule!.passes(position)) return;
    const gradient = rule!.backward(found.upstream[node]!, values[node], call, position);
    if (!gradient) return;
    const sent = summedTo(gradient, values[input].shape, values[input].dtype);
    found.downstream[node][position] = sent;
    found.upstream[input] = summed(found.upstream[input], sent);
    if (rule!.elementwise || isOneNumber(circuit.nodes[node], values[input])) {
      const ones: Dense = { shape, dtype, values: new Float64Array(sizeOf(shape)).fill(1) };
      found.local[node][position] = rule!.backward(ones, values[node], call, position);
    }
  });
}

/** Whether a gate makes one number of one number, so that its local gradient is one too. */
function isOneNumber(node: CircuitNode, input: Dense): boolean {
  return node.shape.length === 0 && input.shape.length === 0;
}

function summed(total: Dense | null, more: Dense): Dense {
  return total ? mapped(more.shape, more.dtype, (_, a, b) => a + b, total, more) : more;
}
