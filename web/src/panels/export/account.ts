/** What is written of nodes outside the page: equations, sentences and gradients of the run that is shown. */
import type { State } from "../../state";
import { extentText, figureText } from "../figures";
import { contributionsTo, downstreamOf, dtypeOf, kindOf, upstreamOf, valueOf } from "../readings";

/** One node; formulas are MathML. */
export interface Account {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
  readonly equation: string;
  readonly value: string;
  readonly says: readonly string[];
  /** The gradient that arrives, with its branches; a sentence without a path. */
  readonly arrives: string;
  readonly sends: readonly { readonly to: string; readonly rule: string; readonly gradient: string }[];
  readonly place: string;
}

export function accountOf(state: State, node: number): Account {
  const { document, details } = state;
  const { nodes, lines } = document;
  const value = valueOf(state, node);
  const detail = details[node];
  const line = lines[nodes.line[node]];
  return {
    name: nodes.name[node],
    kind: nodes.role[node] === "gate" ? kindOf(document, node) : nodes.role[node],
    type: `${dtypeOf(document, node)}, ${extentText(nodes.shape[node])}`,
    equation: detail?.equation ?? "",
    value: value ? figureText(value) : "",
    says: detail?.says ? [detail.says, ...detail.routed] : [],
    arrives: arrives(state, node),
    sends: nodes.inputs[node].flatMap((input, position) => {
      const gradient = downstreamOf(state, node, position);
      const rule = detail?.sent.find((each) => each.to === input)?.rule ?? "";
      return gradient ? [{ to: nodes.name[input], rule, gradient: figureText(gradient) }] : [];
    }),
    place: line ? `${line.file}:${line.line}: ${line.source}` : "",
  };
}

function arrives(state: State, node: number): string {
  const upstream = upstreamOf(state, node);
  if (!upstream) return "No gradient arrives: there is no path, which is not the same as zero.";
  const branches = contributionsTo(state, node).filter((each) => each.gradient);
  const sum = branches.length > 1 ? `, the sum of ${branches.map((each) => figureText(each.gradient!)).join(" + ")}` : "";
  return `The gradient that arrives is ${figureText(upstream)}${sum}.`;
}
