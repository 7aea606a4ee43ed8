/** The gradient that arrives: what each use of the value sends, and their sum. */
import type { TensorData } from "../../document";
import { element } from "../../dom";
import type { State, Store } from "../../state";
import { elementsOf, isScalar, numberText } from "../../tensors";
import { figure } from "../figures";
import { hiddenIn } from "../hidden";
import { nodeButton } from "../node_button";
import { contributionsTo, dtypeOf, upstreamOf, type Contribution } from "../readings";
import { titled, type Section } from "../section";

const MOST_BRANCHES = 12;

export function arrivingSection(store: Store, node: number): Section {
  return titled("Gradient that arrives", (state) => {
    if (hiddenIn(state).gradient(node)) return [element("p", { class: "note" }, "Not computed yet at this step.")];
    const upstream = upstreamOf(state, node);
    if (!upstream) return [element("p", { class: "result" }, figure(null, "gradient"), " ", whyNone(state, node))];
    const arriving = contributionsTo(state, node);
    const passing = arriving.filter((each) => each.gradient !== null);
    if (arriving.length < 2) return [single(store, node, upstream, arriving)];
    return [branches(store, arriving), total(upstream, passing)];
  });
}

function whyNone(state: State, node: number): string {
  const { document, details } = state;
  if (details[node]?.whyNone) return `${capitalised(details[node].whyNone)}.`;
  if (!dtypeOf(document, node).startsWith("float")) return `${dtypeOf(document, node)} values have no gradient.`;
  return `No path leads from here to ${document.objective} and to an input or parameter. This is not the same as zero.`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function single(store: Store, node: number, upstream: TensorData, [from]: Contribution[]): HTMLElement {
  const { document } = store.state;
  const derivative = element("span", { class: "derivative" }, `∂${document.objective}/∂${document.nodes.name[node]} = `);
  const source = !from || from.from === null ? "the seed" : element("span", {}, "from ", nodeButton(store, from.from));
  return element("p", { class: "result" }, derivative, figure(upstream, "gradient"), element("span", { class: "source" }, " ", source));
}

/** One line per use, with a bar as long as its share of what adds up. */
function branches(store: Store, arriving: readonly Contribution[]): HTMLElement {
  const shown = arriving.slice(0, MOST_BRANCHES);
  const longest = Math.max(...arriving.map((each) => sizeOf(each.gradient)), Number.MIN_VALUE);
  const rows = shown.map((each, i) => {
    const name = each.from === null ? element("span", {}, "seed") : nodeButton(store, each.from);
    const sign = element("span", { class: "plus", "aria-hidden": "true" }, i ? "+" : "");
    return element("li", {}, sign, element("span", { class: "branch-name" }, "from ", name), figure(each.gradient, "gradient"), bar(each.gradient, longest));
  });
  const more = arriving.length - shown.length;
  return element(
    "ul",
    { class: "branches", "aria-label": "Contributions of the branches" },
    ...rows,
    more > 0 && element("li", { class: "note" }, `and ${more} more branches`),
  );
}

function total(upstream: TensorData, passing: readonly Contribution[]): HTMLElement {
  const terms = passing.map((each) => each.gradient!);
  const label = passing.length > 1 ? `sum of ${passing.length} branches` : "in all";
  const written = terms.length > 1 && terms.length <= MOST_BRANCHES && terms.every(isScalar) ? sumText(terms) : "";
  return element(
    "p",
    { class: "result total" },
    element("span", { class: "derivative" }, `${label}: `),
    written && element("span", { class: "gradient-text" }, `${written} = `),
    figure(upstream, "gradient"),
  );
}

function sumText(terms: readonly TensorData[]): string {
  const numbers = terms.map((each) => numberText(elementsOf(each)[0]));
  return numbers.map((each, i) => (i && each.startsWith("−") ? `(${each})` : each)).join(" + ");
}

/** The size that a bar shows: of a number with its sign, of an array its norm. */
function sizeOf(gradient: TensorData | null): number {
  return gradient ? Math.sqrt(elementsOf(gradient).reduce((sum, each) => sum + each * each, 0)) : 0;
}

function bar(gradient: TensorData | null, longest: number): HTMLElement {
  const isNegative = gradient !== null && isScalar(gradient) && elementsOf(gradient)[0] < 0;
  const inner = element("i", { class: isNegative ? "negative" : "positive" });
  inner.style.width = `${(50 * sizeOf(gradient)) / longest}%`;
  return element("span", { class: "branch-bar", "aria-hidden": "true" }, inner);
}
