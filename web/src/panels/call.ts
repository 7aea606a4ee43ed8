/** The panel of a folded call: what it does as a whole, what it costs, and what is inside. */
import { sizeOf } from "../dense";
import type { ExplorerDocument } from "../document";
import { element } from "../dom";
import type { Store } from "../state";
import { countText, normOf, numberText, statisticsOf } from "../tensors";
import { callGradients } from "./call_gradients";
import { share } from "./figures";
import { table, totalCosts } from "./gate/facts";
import { breadcrumbs } from "./gate/heading";
import type { HiddenIn } from "./hidden";
import { formula } from "./mathml";
import { callButton, nodeButton } from "./node_button";
import { upstreamOf } from "./readings";
import { scrolling } from "./scrolling";
import { titled, type Section } from "./section";

const MOST_LISTED = 40;

export function callPanel(store: Store, call: number, hiddenIn: HiddenIn): Section[] {
  const { document } = store.state;
  const inside = nodesInside(document, call);
  return [heading(store, call), says(document, call), ...callGradients(store, inside, hiddenIn), contents(store, call), costs(document, inside), gradients(document, inside)];
}

function heading(store: Store, call: number): Section {
  const { title, label, kind, path, parent } = store.state.document.calls[call];
  const host = element(
    "header",
    { class: "panel-heading" },
    breadcrumbs(store, parent),
    element("h2", {}, label || title, kind && element("span", { class: "badge gate" }, kind)),
    path && path !== label && element("p", { class: "type" }, path),
  );
  return { host, show: () => undefined };
}

function says({ callDetails }: ExplorerDocument, call: number): Section {
  return titled("What it does", () => {
    const detail = callDetails[call];
    if (!detail) return null;
    const equation = formula(detail.equation);
    return [equation && scrolling("formula", "Equation", equation), detail.says ? element("p", { class: "says" }, detail.says, ".") : null];
  });
}

/** The calls and nodes that stand directly inside. */
function contents(store: Store, call: number): Section {
  const { document } = store.state;
  const calls = document.calls.flatMap((each, i) => (each.parent === call ? [i] : []));
  const nodes = document.nodes.call.flatMap((each, i) => (each === call ? [i] : []));
  const entries = [...calls.map((each) => callButton(store, each)), ...nodes.map((each) => nodeButton(store, each))];
  const more = entries.length - MOST_LISTED;
  return titled("Inside", () => [
    element("ul", { class: "inside" }, ...entries.slice(0, MOST_LISTED).map((each) => element("li", {}, each)), more > 0 && element("li", { class: "note" }, `and ${more} more`)),
  ]);
}

function costs(document: ExplorerDocument, inside: readonly number[]): Section {
  const { nodes } = document;
  const parameters = inside.filter((each) => nodes.role[each] === "parameter");
  const count = parameters.reduce((total, each) => total + sizeOf(nodes.shape[each]), 0);
  const gates = inside.filter((each) => nodes.role[each] === "gate");
  return titled("Size and cost", () => [
    table([
      ["gates", gates.length.toLocaleString("en")],
      ...(parameters.length ? [["parameters", `${countText(count)} in ${parameters.length} ${parameters.length === 1 ? "tensor" : "tensors"}`] as const] : []),
      ...totalCosts(document, inside),
    ]),
  ]);
}

/** Gradient norms of the parameters inside. */
function gradients({ nodes }: ExplorerDocument, inside: readonly number[]): Section {
  const parameters = inside.filter((each) => nodes.role[each] === "parameter").slice(0, MOST_LISTED);
  return titled("Gradients of its parameters", (state) => {
    if (!parameters.length) return null;
    const rows = parameters.map((each): [string, string] => {
      const gradient = upstreamOf(state, each);
      if (!gradient) return [nodes.name[each], "no path"];
      const { zeros, count } = statisticsOf(gradient);
      const norm = normOf(gradient);
      return [nodes.name[each], `norm ${numberText(norm)}, ${share(zeros, count)} zeros`];
    });
    return [table(rows)];
  });
}

function nodesInside({ nodes, calls }: ExplorerDocument, call: number): number[] {
  const within = new Set([call]);
  calls.forEach((each, i) => within.has(each.parent) && within.add(i));
  return nodes.call.flatMap((each, i) => (within.has(each) ? [i] : []));
}
