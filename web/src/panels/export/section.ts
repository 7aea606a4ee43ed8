/** Buttons that write what is selected, or the whole graph, as Markdown or LaTeX. */
import { element } from "../../dom";
import type { Selection, State, Store } from "../../state";
import type { Section } from "../section";
import { accountOf, type Account } from "./account";
import { latex } from "./latex";
import { markdown } from "./markdown";

type Write = (title: string, accounts: readonly Account[]) => string;

export function exportSection(store: Store, focus: Selection | null): Section {
  const button = (text: string, write: Write, ending: string): HTMLElement =>
    element("button", { type: "button", class: "small", onclick: () => download(store.state, focus, write, ending) }, text);
  const host = element(
    "section",
    { class: "panel-section export" },
    element("h3", {}, focus ? "Export this" : "Export all gates"),
    element("div", { class: "buttons" }, button("Markdown", markdown, "md"), button("LaTeX", latex, "tex")),
  );
  return { host, show: () => undefined };
}

function download(state: State, focus: Selection | null, write: Write, ending: string): void {
  const text = write(state.document.title, nodesOf(state, focus).map((each) => accountOf(state, each)));
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = element("a", { href: address, download: `${fileName(state, focus)}.${ending}` });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}

/** The nodes that are written: what is selected, or everything that something is said of. */
function nodesOf({ document, details }: State, focus: Selection | null): number[] {
  if (focus && "node" in focus) return [focus.node];
  const all = document.nodes.name.map((_, node) => node).filter((node) => node in details);
  return focus ? all.filter((node) => isInside(document.calls, document.nodes.call[node], focus.call)) : all;
}

function isInside(calls: readonly { parent: number }[], call: number, outer: number): boolean {
  for (let each = call; each >= 0; each = calls[each].parent) if (each === outer) return true;
  return false;
}

function fileName({ document }: State, focus: Selection | null): string {
  const { nodes, calls } = document;
  const part = !focus ? document.title : "node" in focus ? nodes.name[focus.node] : calls[focus.call].label;
  return part.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "graph";
}
