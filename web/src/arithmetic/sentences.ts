/** What can still be said of gates after an edit in the page: sentences that count elements are written anew. */
import { sizeOf, type Dense } from "../dense";
import type { Detail, ExplorerDocument } from "../document";
import { broadcast } from "./broadcasting";
import { callOf, type Circuit } from "./circuit";
import type { Call } from "./rule";

interface Said {
  readonly names: readonly string[];
  readonly call: Call;
  readonly value: Dense;
}

type Sentence = (said: Said) => string;

/** The details of the document without the numbers of its run, which no longer hold. */
export function detailsAfter(document: ExplorerDocument, circuit: Circuit, values: readonly Dense[]): Record<number, Detail> {
  const found: Record<number, Detail> = {};
  for (const [key, detail] of Object.entries(document.details)) {
    const node = circuit.nodes[Number(key)];
    const sentence = node.rule && !node.rule.operands ? SENTENCES[node.kind] : undefined;
    const names = node.inputs.map((each) => document.nodes.name[each]);
    const says = sentence ? `${node.kind} ${sentence({ names, call: callOf(node, values), value: values[Number(key)] })}` : detail.says;
    const sent = detail.sent.map((each) => ({ ...each, ruleInNumbers: "" }));
    found[Number(key)] = { ...detail, says, routed: [], equationInNumbers: "", sent };
  }
  return found;
}

const SENTENCES: Record<string, Sentence> = {
  maximum: (said) => routes(said, (a, b) => a > b),
  minimum: (said) => routes(said, (a, b) => a < b),
  where: ({ names, call, value }) => {
    const [, first] = names;
    const count = tally(operand(call, 0), (each) => each !== 0);
    return `routes: ${count} of ${value.values.length} elements to ${first}, the others to ${names[2]}`;
  },
  abs: ({ call, value }) =>
    `passes or flips: ${tally(call.inputs[0].values, (each) => each < 0)} of ${value.values.length} elements are ` +
    "negative and receive the negated gradient; at exactly 0 nothing passes",
  tanh: ({ value }) =>
    `scales by 1 - output², at most 1: ${tally(value.values, (each) => Math.abs(each) > 0.95)} of ${value.values.length} ` +
    "elements are saturated (|output| > 0.95) and pass less than a tenth",
};

/** The sentence of a gate that gives each element of the gradient to one of two operands. */
function routes({ names, call }: Said, wins: (a: number, b: number) => boolean): string {
  const [a, b] = [operand(call, 0), operand(call, 1)];
  const [size, count] = [sizeOf(call.shape), a.filter((each, i) => wins(each, b[i])).length];
  const ties = " (a tie goes to the second)";
  if (size === 1) return `routes: the whole upstream gradient goes to ${names[count ? 0 : 1]}, nothing to the other${ties}`;
  return `routes: ${count} of ${size} elements to ${names[0]}, ${size - count} to ${names[1]}${ties}`;
}

function operand(call: Call, position: number): Float64Array {
  return broadcast(call.inputs[position], call.shape);
}

function tally(values: Float64Array, holds: (value: number) => boolean): number {
  return values.filter(holds).length;
}
