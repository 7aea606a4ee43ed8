/** Buttons that write what is selected, or the whole graph, as Markdown or LaTeX. */
import { element } from "../../dom";
import type { Selection, State, Store } from "../../state";
import type { Section } from "../section";
import { accountOf, type Account } from "./account";
import { latex } from "./latex";
import { markdown } from "./markdown";

type Write = (title: string, accounts: readonly Account[]) => string;

export function exportSection(store: Store): Section {
  const button = (text: string, write: Write, ending: string): HTMLElement =>
    element("button", { type: "button", class: "small", onclick: () => download(store.state, write, ending) }, text);
  const host = element(
    "section",
    { class: "panel-section export" },
    element("h3", {}, store.state.selection ? "Export this" : "Export all gates"),
    element("div", { class: "buttons" }, button("Markdown", markdown, "md"), button("LaTeX", latex, "tex")),
  );
  return { host, show: () => undefined };
}

function download(state: State, write: Write, ending: string): void {
  const text = write(state.document.title, nodesOf(state).map((each) => accountOf(state, each)));
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = element("a", { href: address, download: `${fileName(state)}.${ending}` });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}

/** The nodes that are written: what is selected, or everything that something is said of. */
function nodesOf({ selection, document, details }: State): number[] {
  if (selection && "node" in selection) return [selection.node];
  const all = document.nodes.name.map((_, node) => node).filter((node) => node in details);
  return selection ? all.filter((node) => isInside(document.calls, document.nodes.call[node], selection)) : all;
}

function isInside(calls: readonly { parent: number }[], call: number, selection: Selection): boolean {
  if (!("call" in selection)) return false;
  for (let each = call; each >= 0; each = calls[each].parent) if (each === selection.call) return true;
  return false;
}

function fileName({ document, selection }: State): string {
  const { nodes, calls } = document;
  const part = !selection ? document.title : "node" in selection ? nodes.name[selection.node] : calls[selection.call].label;
  return part.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "graph";
}
