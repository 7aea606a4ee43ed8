/** What the panel says before anything is selected: the graph as a whole, and the gradients of its leaves. */
import { element } from "../dom";
import type { State, Store } from "../state";
import { figure } from "./figures";
import { table, totalCosts } from "./gate/facts";
import { nodeButton } from "./node_button";
import { upstreamOf, valueOf } from "./readings";
import { titled, type Section } from "./section";

const MOST_LEAVES = 60;

export function overview(store: Store): Section[] {
  const { document } = store.state;
  const { nodes } = document;
  const costs = totalCosts(document, nodes.role.map((_, node) => node));
  const gates = nodes.role.filter((each) => each === "gate").length;
  const heading = element(
    "header",
    { class: "panel-heading" },
    element("h2", {}, document.title),
    element("p", { class: "type" }, `${gates.toLocaleString("en")} ${gates === 1 ? "gate" : "gates"}, differentiated from ${document.objective}`),
  );
  return [
    { host: heading, show: () => undefined },
    titled("Outputs", (state) => document.outputs.map((each) => element("p", { class: "result" }, nodeButton(store, each), " = ", figure(valueOf(state, each), "value", "no value")))),
    titled("Gradients of inputs and parameters", (state) => leaves(store, state)),
    titled("Cost of one run", () => (costs.length ? [table(costs)] : null)),
    titled("Left out", () => (document.leftOut.length ? document.leftOut.map((each) => element("p", { class: "note" }, each)) : null)),
    titled("Editing", () => [element("p", { class: "note" }, document.editing.why || "Select an input or a parameter to change its numbers; select an output to change the seed.")]),
  ];
}

function leaves(store: Store, state: State): HTMLElement[] {
  const { nodes } = state.document;
  const found = nodes.role.flatMap((role, i) => (role === "input" || role === "parameter" ? [i] : []));
  const rows = found.slice(0, MOST_LEAVES).map((each) =>
    element("li", {}, nodeButton(store, each), element("span", { class: "derivative" }, ` ∂${state.document.objective}/∂${nodes.name[each]} = `), figure(upstreamOf(state, each), "gradient")));
  const more = found.length - MOST_LEAVES;
  return [element("ul", { class: "leaves" }, ...rows, more > 0 && element("li", { class: "note" }, `and ${more} more`))];
}
