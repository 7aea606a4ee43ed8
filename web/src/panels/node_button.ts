/** A name that selects its node or call. */
import type { ExplorerDocument } from "../document";
import { element } from "../dom";
import type { Selection, Store } from "../state";
import { callsAround, kindOf } from "./readings";

export function nodeButton(store: Store, node: number): HTMLElement {
  return selecting(store, { node }, store.state.document.nodes.name[node]);
}

/** A node by its place, for lists outside of the graph, where a letter says nothing. */
export function placeButton(store: Store, node: number): HTMLElement {
  return selecting(store, { node }, placeText(store.state.document, node));
}

export function callButton(store: Store, call: number): HTMLElement {
  const { label, title } = store.state.document.calls[call];
  return selecting(store, { call }, label || title);
}

const LETTERS = /^[a-z]{1,3}$/;

/** The name of a leaf; of a gate its place: "matmul of Linear 4", "sigmoid 5", "hidden: maximum in relu 3" if it was named. */
export function placeText(document: ExplorerDocument, node: number): string {
  const name = document.nodes.name[node];
  if (document.nodes.role[node] !== "gate") return name;
  return LETTERS.test(name) ? gateText(document, node) : `${name}: ${gateText(document, node)}`;
}

function gateText(document: ExplorerDocument, node: number): string {
  const { nodes, calls } = document;
  const kind = kindOf(document, node);
  const around = callsAround(document, nodes.call[node]);
  const module = [...around].reverse().find((each) => calls[each].kind);
  const inner = around[around.length - 1];
  if (module === undefined) return inner === undefined ? `${kind} ${nodes.name[node]}` : within(kind, calls[inner].label, calls[inner].label);
  return within(kind, calls[module].kind, calls[module].title.replaceAll("'", ""));
}

function within(kind: string, call: string, title: string): string {
  if (kind === call) return title;
  return /^[A-Z]/.test(call) ? `${kind} of ${title}` : `${kind} in ${title}`;
}

function selecting(store: Store, selection: Selection, text: string): HTMLElement {
  return element("button", { type: "button", class: "link", onclick: () => store.set({ selection }) }, text);
}
