/** The frame of the page: bar, graph, panel; and what connects them to the state. */
import type { ExplorerDocument } from "../document";
import { element } from "../dom";
import { Store } from "../state";
import { bar } from "./bar";

/** Says a sentence to those who hear the page. */
export type Say = (sentence: string) => void;

export function mountPage(host: HTMLElement, document: ExplorerDocument): void {
  const store = new Store(initialState(document));
  const live = element("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const stage = element("section", { class: "stage", "aria-label": "Graph" });
  const panel = element("aside", { class: "panel", "aria-label": "What is selected" });
  host.append(element("div", { class: "page" }, bar(store), stage, panel), live);
}

function initialState(document: ExplorerDocument): ConstructorParameters<typeof Store>[0] {
  const opened = new Set(document.calls.flatMap((call, i) => (call.open || i === 0 ? [i] : [])));
  return {
    document, numbers: document.numbers, opened, selection: null, view: "both", colouring: "none", edits: [], seed: null, step: null,
  };
}
