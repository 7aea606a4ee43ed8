/** The gradient that arrives: what each use of the value sends, and their sum. */
import { isFloat } from "../../dense";
import type { TensorData } from "../../document";
import { element } from "../../dom";
import type { State, Store } from "../../state";
import { elementsOf, isScalar, numberText, statisticsOf } from "../../tensors";
import { figure } from "../figures";
import type { Hidden, HiddenIn } from "../hidden";
import { nodeButton } from "../node_button";
import { contributionsTo, dtypeOf, upstreamOf, type Contribution } from "../readings";
import { titled, type Section } from "../section";

const MOST_BRANCHES = 12;

export function arrivingSection(store: Store, node: number, hiddenIn: HiddenIn): Section {
  return titled("Gradient that arrives", (state) => {
    const hidden = hiddenIn(state);
    const upstream = upstreamOf(state, node);
    if (upstream && hidden.gradient(node)) return soFar(store, state, node, upstream, hidden);
    if (!upstream) return [element("p", { class: "result" }, figure(null, "gradient", isLeftOut(state, node) ? "left out of the document" : "no path")), whyNone(state, node)];
    const arriving = contributionsTo(state, node);
    const passing = arriving.filter((each) => each.gradient !== null);
    if (arriving.length < 2) return [single(store, node, upstream, arriving)];
    const range = rangeOf(arriving, upstream);
    return [branches(store, arriving, range), total(upstream, passing, range)];
  });
}

/** In the middle of a walk: the branches that have arrived, without their sum. */
function soFar(store: Store, state: State, node: number, upstream: TensorData, hidden: Hidden): HTMLElement[] {
  const arriving = contributionsTo(state, node);
  const arrived = arriving.filter((each) => each.gradient && each.from !== null && !hidden.gradient(each.from));
  const isComplete = arriving.every((each) => each.gradient === null || arrived.includes(each));
  const text = isComplete ? "Their sum comes next." : arrived.length ? "More branches are to come, then their sum." : "Not computed yet at this step.";
  const note = element("p", { class: "note" }, text);
  return arrived.length ? [branches(store, arrived, rangeOf(arriving, upstream)), note] : [note];
}

/** Whether a gradient arrives that is not in the document, since it would have been too large. */
function isLeftOut({ details }: State, node: number): boolean {
  return details[node] !== undefined && details[node].whyNone === "";
}

function whyNone(state: State, node: number): HTMLElement | null {
  if (isLeftOut(state, node)) return null;
  const { document, details } = state;
  const dtype = dtypeOf(document, node);
  const why = details[node]?.whyNone || (isFloat(dtype) ? `no path leads from here to ${document.objective}` : `${dtype} values have no gradient`);
  return element("p", { class: "note" }, `${capitalised(why)}. This is not the same as zero.`);
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

/** One line per use; bars of numbers continue where the one before ended, so that they add up to the sum. */
function branches(store: Store, arriving: readonly Contribution[], range: Range): HTMLElement {
  let before = 0;
  const rows = arriving.slice(0, MOST_BRANCHES).map((each, i) => {
    const after = range.adds ? before + sizeOf(each.gradient) : sizeOf(each.gradient);
    const row = branch(store, arriving, i, bar(range.adds ? before : 0, after, range));
    before = after;
    return row;
  });
  const more = arriving.length - rows.length;
  return element(
    "ul",
    { class: "branches", "aria-label": "Contributions of the branches" },
    ...rows,
    more > 0 && element("li", { class: "note" }, `and ${more} more branches`),
  );
}

function branch(store: Store, arriving: readonly Contribution[], i: number, drawn: HTMLElement): HTMLElement {
  const { from, gradient } = arriving[i];
  const same = arriving.flatMap((each, at) => (each.from === from ? [at] : []));
  const name = from === null ? element("span", {}, "the seed") : nodeButton(store, from);
  const use = same.length > 1 ? element("small", {}, ` use ${same.indexOf(i) + 1}`) : null;
  return element(
    "li",
    {},
    element("span", { class: "plus", "aria-hidden": "true" }, i ? "+" : ""),
    element("span", { class: "branch-name" }, "from ", name, use),
    figure(gradient, "gradient"),
    gradient ? drawn : element("span"),
  );
}

function total(upstream: TensorData, passing: readonly Contribution[], range: Range): HTMLElement {
  const terms = passing.map((each) => each.gradient!);
  const label = passing.length > 1 ? `sum of ${passing.length} branches` : "in all";
  const written = terms.length > 1 && terms.length <= MOST_BRANCHES && terms.every(isScalar) ? sumText(terms) : "";
  return element(
    "div",
    { class: "total" },
    element(
      "p",
      { class: "result" },
      element("span", { class: "derivative" }, `${label}: `),
      written && element("span", { class: "gradient-text" }, `${written} = `),
      figure(upstream, "gradient"),
    ),
    passing.length > 1 && bar(0, sizeOf(upstream), range),
  );
}

function sumText(terms: readonly TensorData[]): string {
  const numbers = terms.map((each) => numberText(elementsOf(each)[0]));
  return numbers.map((each, i) => (i && each.startsWith("−") ? `(${each})` : each)).join(" + ");
}

/** What bars show: numbers that add up, or norms of arrays, which do not. */
interface Range {
  readonly adds: boolean;
  readonly least: number;
  readonly greatest: number;
}

function rangeOf(arriving: readonly Contribution[], upstream: TensorData): Range {
  const adds = isScalar(upstream);
  const sizes = arriving.map((each) => sizeOf(each.gradient));
  let sum = 0;
  const ends = adds ? sizes.map((each) => (sum += each)) : [...sizes, sizeOf(upstream)];
  return { adds, least: Math.min(0, ...ends), greatest: Math.max(0, ...ends) };
}

/** A number with its sign; of an array the norm of what is finite. */
function sizeOf(gradient: TensorData | null): number {
  if (!gradient) return 0;
  if (!isScalar(gradient)) return statisticsOf(gradient).norm;
  const [value] = elementsOf(gradient);
  return Number.isFinite(value) ? value : 0;
}

function bar(from: number, to: number, { least, greatest }: Range): HTMLElement {
  const share = (value: number): number => (100 * (value - least)) / (greatest - least || 1);
  const inner = element("i", { class: to < from ? "negative" : "positive" });
  const zero = element("b");
  inner.style.left = `${share(Math.min(from, to))}%`;
  inner.style.width = `${Math.abs(share(to) - share(from))}%`;
  zero.style.left = `${share(0)}%`;
  return element("span", { class: "branch-bar", "aria-hidden": "true" }, inner, zero);
}
