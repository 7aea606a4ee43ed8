/** What the numbers of a run say of one node: its value, and the gradients that arrive and leave. */
import type { ExplorerDocument, Numbers, TensorData } from "../document";
import { seededOutputs, seedTensor } from "../seed";
import type { State } from "../state";

/** The gradient that one use of a node sends to it; null if none passes there. */
export interface Contribution {
  /** The gate that uses the node, or null for the seed of an output. */
  readonly from: number | null;
  /** The position of the node among the inputs of that gate. */
  readonly position: number;
  readonly gradient: TensorData | null;
}

interface Use {
  readonly node: number;
  readonly position: number;
}

const uses = new WeakMap<ExplorerDocument, Use[][]>();

/** Per node the gates that use it, in topological order; a gate that uses it twice stands twice. */
export function usesOf(document: ExplorerDocument): Use[][] {
  let found = uses.get(document);
  if (!found) {
    const made: Use[][] = document.nodes.name.map(() => []);
    document.nodes.inputs.forEach((inputs, node) => inputs.forEach((input, position) => made[input].push({ node, position })));
    uses.set(document, (found = made));
  }
  return found;
}

export function tensorAt(numbers: Numbers, place: number | undefined): TensorData | null {
  return place === undefined || place < 0 ? null : numbers.tensors[place];
}

export function valueOf(state: State, node: number): TensorData | null {
  return tensorAt(state.numbers, state.numbers.value[node]);
}

/** The gradient that arrives; null without a path, which is not zero. */
export function upstreamOf(state: State, node: number): TensorData | null {
  return tensorAt(state.numbers, state.numbers.upstream[node]);
}

export function downstreamOf(state: State, node: number, position: number): TensorData | null {
  return tensorAt(state.numbers, state.numbers.downstream[node]?.[position]);
}

export function localOf(state: State, node: number, position: number): TensorData | null {
  return tensorAt(state.numbers, state.numbers.local[node]?.[position]);
}

/** What arrives at a node, one entry per use; an output also receives its seed. */
export function contributionsTo(state: State, node: number): Contribution[] {
  const seeded: Contribution[] = seededOutputs(state.document).includes(node)
    ? [{ from: null, position: 0, gradient: seedTensor(state, node) }]
    : [];
  const used = usesOf(state.document)[node].map((use) => ({
    from: use.node,
    position: use.position,
    gradient: downstreamOf(state, use.node, use.position),
  }));
  return [...seeded, ...used];
}

export function dtypeOf(document: ExplorerDocument, node: number): string {
  return document.dtypes[document.nodes.dtype[node]];
}

export function kindOf(document: ExplorerDocument, node: number): string {
  return document.kinds[document.nodes.kind[node]];
}

/** The calls around a node or call, the outermost first, without the whole graph. */
export function callsAround(document: ExplorerDocument, call: number): number[] {
  const found: number[] = [];
  for (let each = call; each > 0; each = document.calls[each].parent) found.unshift(each);
  return found;
}

/** Whether numbers are those of an edit, and not those that Python wrote. */
export function isAfterEdit(state: State): boolean {
  return state.numbers !== state.document.numbers;
}
