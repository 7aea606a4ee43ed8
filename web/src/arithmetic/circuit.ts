/** The graph of a document, prepared for computing, and its run forward. */
import { denseOf, isFloat, type Dense } from "../dense";
import type { ExplorerDocument } from "../document";
import type { Edit } from "../state";
import { rounded, roundingOf } from "./rounding";
import type { Call, Rule } from "./rule";
import { ruleOf } from "./rules";

export interface CircuitNode {
  readonly kind: string;
  readonly inputs: readonly number[];
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Null for a leaf. */
  readonly rule: Rule | null;
  /** Whether its gradient is wanted: a floating-point input or parameter. */
  readonly isWanted: boolean;
  /** The value of a leaf. */
  readonly value: Dense | null;
}

export interface Circuit {
  readonly nodes: readonly CircuitNode[];
  readonly outputs: readonly number[];
}

/** Raises an error with a sentence for a gate whose kind the arithmetic does not know. */
export function circuitOf(document: ExplorerDocument): Circuit {
  return { nodes: document.nodes.name.map((_, node) => nodeOf(document, node)), outputs: document.outputs };
}

function nodeOf(document: ExplorerDocument, node: number): CircuitNode {
  const { nodes, numbers, kinds, dtypes } = document;
  const [role, kind, inputs] = [nodes.role[node], kinds[nodes.kind[node]], nodes.inputs[node]];
  const rule = role === "gate" ? ruleOf(kind, inputs.length) : null;
  if (rule === undefined) throw new Error(`The page cannot compute the gate ${nodes.name[node]}: it does not know the kind ${kind}. Open the graph with graph.explore().`);
  const dtype = dtypes[nodes.dtype[node]];
  return {
    kind,
    inputs,
    shape: nodes.shape[node],
    dtype,
    attributes: nodes.attributes[node] ?? {},
    rule,
    isWanted: (role === "input" || role === "parameter") && isFloat(dtype),
    value: rule === null ? denseOf(numbers.tensors[numbers.value[node]]) : null,
  };
}

/** The circuit with other elements of leaves, rounded to their dtype. */
export function edited(circuit: Circuit, edits: readonly Edit[]): Circuit {
  const nodes = [...circuit.nodes];
  for (const { node, position, value } of edits) {
    const leaf = nodes[node];
    if (!leaf?.value || !leaf.isWanted) throw new Error(`Node ${node} was to be edited, but only inputs and parameters of floating-point numbers can be. Reset the edits, or open the page without them.`);
    if (!Number.isInteger(position) || position < 0 || position >= leaf.value.values.length) {
      throw new Error(`Element ${position} of node ${node} was to be edited, which has ${leaf.value.values.length}. Reset the edits, or open the page without them.`);
    }
    const values = leaf.value === circuit.nodes[node].value ? leaf.value.values.slice() : leaf.value.values;
    values[position] = roundingOf(leaf.dtype)(value);
    nodes[node] = { ...leaf, value: { ...leaf.value, values } };
  }
  return { ...circuit, nodes };
}

/** The same circuit in float64, for derivatives by differences. */
export function inDoublePrecision(circuit: Circuit): Circuit {
  const wide = (dtype: string): string => (isFloat(dtype) ? "float64" : dtype);
  const nodes = circuit.nodes.map((each) => ({
    ...each,
    dtype: wide(each.dtype),
    value: each.value && { ...each.value, dtype: wide(each.dtype) },
  }));
  return { ...circuit, nodes };
}

export function callOf(node: CircuitNode, values: readonly Dense[]): Call {
  const { shape, dtype, attributes } = node;
  return { inputs: node.inputs.map((each) => values[each]), attributes, shape, dtype };
}

/** The output of a gate, in elements of its own. */
export function computed({ rule, shape, dtype }: CircuitNode, call: Call): Dense {
  const found = rule!.forward(call);
  const isShared = call.inputs.some((each) => each.values === found);
  return rounded(shape, dtype, isShared ? found.slice() : found);
}

/** The values of all nodes, which stand in topological order. */
export function forward(circuit: Circuit): Dense[] {
  const values: Dense[] = [];
  for (const node of circuit.nodes) values.push(node.value ?? computed(node, callOf(node, values)));
  return values;
}
