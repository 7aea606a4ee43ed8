/** A name that selects its node or call. */
import { element } from "../dom";
import type { Selection, Store } from "../state";

export function nodeButton(store: Store, node: number): HTMLElement {
  return selecting(store, { node }, store.state.document.nodes.name[node]);
}

export function callButton(store: Store, call: number): HTMLElement {
  const { label, title } = store.state.document.calls[call];
  return selecting(store, { call }, label || title);
}

function selecting(store: Store, selection: Selection, text: string): HTMLElement {
  return element("button", { type: "button", class: "link", onclick: () => store.set({ selection }) }, text);
}
