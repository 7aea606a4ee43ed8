/** Says that numbers were edited, and takes all edits back. */
import { element } from "../../dom";
import type { State, Store } from "../../state";
import type { Section } from "../section";

export function banner(store: Store): Section {
  const text = element("span");
  const button = element("button", { type: "button", class: "small", onclick: () => store.set({ edits: [], seed: null }) }, "reset all");
  const host = element("div", { class: "edit-banner", hidden: true }, text, button);
  return {
    host,
    show: (state) => {
      host.hidden = !state.edits.length && !state.seed;
      text.textContent = sentence(state);
    },
  };
}

function sentence({ edits, seed, document }: State): string {
  const names = [...new Set(edits.map((each) => document.nodes.name[each.node]))];
  const values = edits.length ? `${edits.length} edited ${edits.length === 1 ? "number" : "numbers"} (${names.join(", ")})` : "";
  return [values, seed ? "another seed" : ""].filter(Boolean).join(" and ");
}
