/** Says what an edit changed, once it has come to rest. */
import type { State, Store } from "../state";
import { figureText } from "./figures";
import { upstreamOf, valueOf } from "./readings";

const REST = 350;

export function sayEdits(store: Store, say: (sentence: string) => void): void {
  let timer = 0;
  store.subscribe((state, before) => {
    if (state.numbers === before.numbers) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => say(sentence(store.state)), REST);
  });
}

function sentence(state: State): string {
  const { document, selection } = state;
  const outputs = document.outputs.map((each) => {
    const value = valueOf(state, each);
    return value ? `${document.nodes.name[each]} is ${figureText(value)}` : "";
  });
  if (!selection || !("node" in selection)) return `${outputs.join(", ")}.`;
  const gradient = upstreamOf(state, selection.node);
  const name = document.nodes.name[selection.node];
  return `${outputs.join(", ")}; the gradient at ${name} is ${gradient ? figureText(gradient) : "missing, since there is no path"}.`;
}
