/** The chain rule at a gate: upstream times local is downstream, for every input. */
import type { SentDetail, TensorData } from "../../document";
import { element } from "../../dom";
import type { State, Store } from "../../state";
import { isScalar, shapeText } from "../../tensors";
import { figure } from "../figures";
import type { HiddenIn } from "../hidden";
import { formula } from "../mathml";
import { nodeButton } from "../node_button";
import { downstreamOf, dtypeOf, localOf, upstreamOf } from "../readings";
import { scrolling } from "../scrolling";
import { titled, type Section } from "../section";

const STRUCTURES: Record<string, string> = {
  elementwise: "element by element",
  diagonal: "element by element",
  routing: "the local gradient holds zeros and ones: elements go back to where they came from",
  block: "the local gradient is a matrix of blocks, which is never built",
  dense: "the local gradient is a full matrix, which is never built",
};

export function sendsSection(store: Store, node: number, hiddenIn: HiddenIn): Section {
  const section = titled("Gradient that it sends", (state) => {
    if (!upstreamOf(state, node)) return null;
    const { nodes } = state.document;
    return nodes.inputs[node].map((input, position) => sent(store, state, node, input, position, !hiddenIn(state).gradient(node)));
  });
  section.host.classList.add("sends");
  return section;
}

function sent(store: Store, state: State, node: number, input: number, position: number, reached: boolean): HTMLElement {
  const detail = detailOf(state, node, input, position);
  const downstream = downstreamOf(state, node, position);
  const rule = detail?.rule ? formula(detail.rule) : null;
  return element(
    "div",
    { class: "sent" },
    element("h4", {}, "to ", nodeButton(store, input), ordinal(state, node, input, position)),
    rule && downstream && scrolling("formula", "Rule", rule),
    reached ? product(state, node, position, downstream) : element("p", { class: "note" }, "Not computed yet at this step."),
    note(state, node, input, position, detail, downstream),
  );
}

/** What is said of an input; of an input that is used twice, the same entry of each use. */
function detailOf(state: State, node: number, input: number, position: number): SentDetail | undefined {
  const all = state.details[node]?.sent ?? [];
  return all[position]?.to === input ? all[position] : all.find((each) => each.to === input);
}

function ordinal(state: State, node: number, input: number, position: number): string {
  const same = state.document.nodes.inputs[node].flatMap((each, i) => (each === input ? [i] : []));
  return same.length > 1 ? `, use ${same.indexOf(position) + 1} of ${same.length}` : "";
}

function product(state: State, node: number, position: number, downstream: TensorData | null): HTMLElement {
  if (!downstream) return element("p", { class: "result" }, figure(null, "gradient"));
  const upstream = upstreamOf(state, node)!;
  const local = localOf(state, node, position);
  if (!local) return element("div", { class: "product" }, factor("upstream", upstream), operator("→"), factor("downstream", downstream));
  const times = isScalar(upstream) ? "×" : "∘";
  const summed = shapeText(downstream.shape) !== shapeText(local.shape);
  return element(
    "div",
    { class: "product" },
    factor("upstream", upstream),
    operator(times),
    factor("local", local),
    operator(summed ? "= Σ" : "="),
    factor("downstream", downstream),
  );
}

function factor(label: string, tensor: TensorData): HTMLElement {
  const tone = label === "local" ? "plain" : "gradient";
  return element("span", { class: "factor" }, figure(tensor, tone), element("small", {}, label));
}

function operator(text: string): HTMLElement {
  return element("span", { class: "operator" }, text);
}

function note(state: State, node: number, input: number, position: number, detail: SentDetail | undefined, downstream: TensorData | null): HTMLElement | null {
  const words: string[] = [];
  if (!downstream) words.push(whyNot(state, input));
  else if (detail?.structure && !localOf(state, node, position)) words.push(STRUCTURES[detail.structure] ?? detail.structure);
  const local = localOf(state, node, position);
  if (downstream && local && shapeText(downstream.shape) !== shapeText(local.shape)) {
    words.push("summed over the axes along which the input is repeated");
  }
  const text = words.join("; ");
  return text ? element("p", { class: "note" }, `${text.charAt(0).toUpperCase()}${text.slice(1)}.`) : null;
}

function whyNot(state: State, input: number): string {
  const { document } = state;
  if (!dtypeOf(document, input).startsWith("float")) return `${dtypeOf(document, input)} values have no gradient`;
  if (document.nodes.role[input] === "constant") return "a constant takes no gradient";
  return "no gradient passes to this input, which is not the same as zero";
}
