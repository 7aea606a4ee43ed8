/** What passes through a folded call: its results with the gradients that arrive, and what it sends back. */
import { tensorOf } from "../dense";
import type { ExplorerDocument, TensorData } from "../document";
import { element } from "../dom";
import type { State, Store } from "../state";
import { elementsOf, normOf, numberText } from "../tensors";
import { figure } from "./figures";
import type { HiddenIn } from "./hidden";
import { nodeButton } from "./node_button";
import { downstreamOf, upstreamOf, usesOf, valueOf } from "./readings";
import { titled, type Section } from "./section";

const MOST = 8;

export function callGradients(store: Store, inside: readonly number[], hiddenIn: HiddenIn): Section[] {
  const within = new Set(inside);
  const results = resultsOf(store.state.document, within);
  const sources = sourcesOf(store.state.document, within);
  return [
    titled("Result, and the gradient that arrives", (state) => {
      const hidden = hiddenIn(state);
      return rows(results, (each) => [
        nodeButton(store, each),
        hidden.value(each) ? figure(null, "value", "not yet") : figure(valueOf(state, each), "value", "left out"),
        hidden.gradient(each) ? figure(null, "gradient", "not yet") : figure(upstreamOf(state, each), "gradient"),
      ]);
    }),
    titled("Gradient that it sends", (state) => {
      const sent = sources.map((each) => [each, sentTo(state, each, within)] as const).filter(([, gradient]) => gradient !== null);
      if (!sent.length || results.some((each) => hiddenIn(state).gradient(each))) return null;
      const lines = rows(sent, ([each, gradient]) => [element("span", {}, "to ", nodeButton(store, each)), figure(gradient, "gradient")]);
      return [...lines!, ratio(state, results, sent.map(([, gradient]) => gradient!))];
    }),
  ];
}

function rows<T>(entries: readonly T[], cells: (entry: T) => HTMLElement[]): HTMLElement[] | null {
  if (!entries.length) return null;
  const shown = entries.slice(0, MOST).map((each) => element("li", {}, ...cells(each)));
  const more = entries.length - MOST;
  return [element("ul", { class: "passing" }, ...shown, more > 0 && element("li", { class: "note" }, `and ${more} more`))];
}

/** Nodes inside that are used outside, or are outputs of the graph. */
function resultsOf(document: ExplorerDocument, within: ReadonlySet<number>): number[] {
  const uses = usesOf(document);
  return [...within].filter(
    (each) => document.nodes.role[each] === "gate" && (document.outputs.includes(each) || uses[each].some(({ node }) => !within.has(node))),
  );
}

/** Nodes outside that are used inside. */
function sourcesOf({ nodes }: ExplorerDocument, within: ReadonlySet<number>): number[] {
  return [...new Set([...within].flatMap((each) => nodes.inputs[each]).filter((each) => !within.has(each)))];
}

/** The sum of what gates inside send to a node outside; null if nothing is sent, or if only samples are there. */
function sentTo(state: State, node: number, within: ReadonlySet<number>): TensorData | null {
  const parts = usesOf(state.document)[node]
    .filter((use) => within.has(use.node))
    .map((use) => downstreamOf(state, use.node, use.position))
    .filter((each) => each !== null);
  if (parts.length < 2) return parts[0] ?? null;
  if (parts.some((each) => each.kept)) return null;
  const sum = elementsOf(parts[0]).slice();
  for (const each of parts.slice(1)) elementsOf(each).forEach((value, i) => (sum[i] += value));
  return tensorOf({ shape: parts[0].shape, dtype: parts[0].dtype, values: sum });
}

/** How much the call lengthens or shortens the gradient on its way. */
function ratio(state: State, results: readonly number[], sent: readonly TensorData[]): HTMLElement | null {
  const arriving = results.map((each) => upstreamOf(state, each));
  if (arriving.length !== 1 || !arriving[0] || sent.length !== 1) return null;
  const [before, after] = [normOf(arriving[0]), normOf(sent[0])];
  if (!before || !Number.isFinite(after / before)) return null;
  return element("p", { class: "note" }, `The gradient arrives with norm ${numberText(before)} and leaves with norm ${numberText(after)}: ${numberText(after / before, 3)} times as long.`);
}
