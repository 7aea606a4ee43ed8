/** What is selected: its name, kind, shape, and the calls around it. */
import { element } from "../../dom";
import type { Store } from "../../state";
import { extentText } from "../figures";
import { callButton } from "../node_button";
import { callsAround, dtypeOf, kindOf } from "../readings";
import type { Section } from "../section";

export function heading(store: Store, node: number): Section {
  const { document } = store.state;
  const { nodes } = document;
  const kind = kindOf(document, node);
  const badge = nodes.role[node] === "gate" ? kind : nodes.role[node];
  const host = element(
    "header",
    { class: "panel-heading" },
    breadcrumbs(store, nodes.call[node]),
    element("h2", {}, nodes.name[node], element("span", { class: `badge ${nodes.role[node]}` }, badge)),
    element("p", { class: "type" }, `${dtypeOf(document, node)}, ${extentText(nodes.shape[node])}`),
  );
  return { host, show: () => undefined };
}

/** The calls around a node or call, each of which can be selected. */
export function breadcrumbs(store: Store, call: number): HTMLElement {
  const around = callsAround(store.state.document, call);
  const links = around.flatMap((each) => [callButton(store, each), element("span", { "aria-hidden": "true" }, "›")]);
  return element("nav", { class: "breadcrumbs", "aria-label": "Calls around it" }, ...links.slice(0, -1));
}
