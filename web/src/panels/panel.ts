/** The panel beside the graph: what is selected, with its numbers. */
import "./panels.css";
import { element } from "../dom";
import type { Backend } from "../live/backend";
import { keepNumbers } from "../live/recompute";
import type { Selection, State, Store } from "../state";
import { callPanel } from "./call";
import { banner } from "./edit/banner";
import { exportSection } from "./export/section";
import { gatePanel } from "./gate/gate";
import { nothingHidden, type HiddenIn } from "./hidden";
import { overview } from "./overview";
import type { Section } from "./section";
import { sayEdits } from "./spoken";

type Say = (sentence: string) => void;

/** Fill the panel, and keep the numbers of the state those of its edits. */
export function mountPanel(host: HTMLElement, store: Store, backend: Backend | string, say: Say, hiddenIn: HiddenIn = nothingHidden): void {
  const edited = banner(store);
  const failure = element("p", { class: "warning", role: "alert", hidden: true });
  const body = element("div", { class: "panel-body" });
  host.replaceChildren(edited.host, failure, body);
  let sections: Section[] = [];

  const build = (): void => {
    sections = [...sectionsFor(store, backend, say, hiddenIn), exportSection(store)];
    body.replaceChildren(...sections.map((each) => each.host));
    host.scrollTop = 0;
    show(store.state);
  };
  const show = (state: State): void => {
    edited.show(state);
    sections.forEach((each) => each.show(state));
  };
  const fail = (sentence: string): void => {
    failure.textContent = sentence;
    failure.hidden = !sentence;
    if (sentence) say(sentence);
  };

  store.subscribe((state, before) => {
    if (state.numbers !== before.numbers || state.edits !== before.edits) fail("");
    if (!isSame(state.selection, before.selection)) build();
    else if (isShownAnew(state, before)) show(state);
  });
  window.addEventListener("themechange", () => show(store.state));
  keepNumbers(store, backend, fail);
  sayEdits(store, say);
  build();
}

function isSame(a: Selection | null, b: Selection | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function isShownAnew(state: State, before: State): boolean {
  return state.numbers !== before.numbers || state.edits !== before.edits || state.seed !== before.seed || state.step !== before.step;
}

function sectionsFor(store: Store, backend: Backend | string, say: Say, hiddenIn: HiddenIn): Section[] {
  const { selection } = store.state;
  if (!selection) return overview(store);
  return "node" in selection ? gatePanel(store, selection.node, backend, say, hiddenIn) : callPanel(store, selection.call);
}
