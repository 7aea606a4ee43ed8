/** Keys that work anywhere on the page, but not while one types. */
import type { Store } from "../state";
import type { Search } from "./search";
import type { WalkControls } from "./walk";

export function listenForShortcuts(store: Store, search: Search, walk: WalkControls): void {
  const actions: Record<string, () => void> = {
    "/": search.focus, n: () => walk.by(1), p: () => walk.by(-1), PageDown: () => walk.by(1), PageUp: () => walk.by(-1), " ": walk.play,
    "1": () => store.set({ view: "both" }), "2": () => store.set({ view: "forward" }), "3": () => store.set({ view: "backward" }),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const act = actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/** Space and digits belong to what is focused, unless that is the page or the graph. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as Element;
  if (target.matches("input:not([type=range]), textarea, select, [contenteditable]")) return true;
  return event.key === " " && target.matches("button, a, summary, input, [role=radio]");
}
