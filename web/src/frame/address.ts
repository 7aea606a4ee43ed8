/** The state in the address, so that a link keeps it: #open=2.5&select=n12&view=both&colour=norm&step=3&edit=0.0.1.5&seed=2 */
import type { Colouring, Selection, State, Store, View } from "../state";

const VIEWS: readonly string[] = ["both", "forward", "backward"];
const COLOURINGS: readonly string[] = ["none", "norm", "zeros", "cost", "update", "difference"];

export function addressOf(state: State): string {
  const parts = new URLSearchParams();
  parts.set("open", [...state.opened].filter((call) => call > 0).sort((a, b) => a - b).join("."));
  if (state.view !== "both") parts.set("view", state.view);
  if (state.colouring !== "none") parts.set("colour", state.colouring);
  if (state.selection) parts.set("select", "node" in state.selection ? `n${state.selection.node}` : `c${state.selection.call}`);
  if (state.step !== null) parts.set("step", String(state.step + 1));
  if (state.edits.length) parts.set("edit", state.edits.map(({ node, position, value }) => `${node}_${position}_${value}`).join("~"));
  if (state.seed) parts.set("seed", state.seed.join("~"));
  return `#${parts}`;
}

/** What an address says, as far as it fits the document. */
export function stateFrom(hash: string, state: State): Partial<State> {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const { calls, nodes } = state.document;
  const found: { -readonly [K in keyof State]?: State[K] } = {};
  const open = parts.get("open");
  if (open !== null) found.opened = new Set([0, ...open.split(".").map(Number).filter((call) => call > 0 && call < calls.length)]);
  if (VIEWS.includes(parts.get("view") ?? "")) found.view = parts.get("view") as View;
  if (COLOURINGS.includes(parts.get("colour") ?? "")) found.colouring = parts.get("colour") as Colouring;
  const selection = selectionFrom(parts.get("select") ?? "", nodes.name.length, calls.length);
  if (selection) found.selection = selection;
  const step = Number(parts.get("step"));
  if (Number.isInteger(step) && step > 0) found.step = step - 1;
  const edits = (parts.get("edit") ?? "").split("~").filter(Boolean).map((text) => text.split("_").map(Number));
  if (edits.length && edits.every(([node, ...rest]) => node < nodes.name.length && rest.length === 2 && rest.every(Number.isFinite)))
    found.edits = edits.map(([node, position, value]) => ({ node, position, value }));
  const seed = (parts.get("seed") ?? "").split("~").filter(Boolean).map(Number);
  if (seed.length && seed.every(Number.isFinite)) found.seed = seed;
  return found;
}

function selectionFrom(text: string, nodes: number, calls: number): Selection | null {
  const number = Number(text.slice(1));
  if (!Number.isInteger(number) || number < 0) return null;
  if (text.startsWith("n") && number < nodes) return { node: number };
  return text.startsWith("c") && number < calls ? { call: number } : null;
}

/** Written after a pause, so that dragging a number does not write a hundred addresses. */
export function keepAddress(store: Store): void {
  let timer = 0;
  store.subscribe(() => {
    clearTimeout(timer);
    timer = window.setTimeout(() => history.replaceState(null, "", addressOf(store.state)), 150);
  });
  addEventListener("hashchange", () => store.set(stateFrom(location.hash, store.state)));
}
