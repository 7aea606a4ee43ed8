/** The panel beside the graph: what is selected, with its numbers, and the reports of the document. */
import "./panels.css";
import { element } from "../dom";
import type { Backend } from "../live/backend";
import { keepNumbers } from "../live/recompute";
import type { Selection, Store } from "../state";
import { callPanel } from "./call";
import { comparisonSections } from "./compare/comparison";
import { banner } from "./edit/banner";
import { exportSection } from "./export/section";
import { findingsSections } from "./findings/findings";
import { gatePanel } from "./gate/gate";
import { NO_WALK, type HiddenIn, type WalkView } from "./hidden";
import { overview } from "./overview";
import type { Section } from "./section";
import { sayEdits } from "./spoken";
import { tabs, type Tab } from "./tabs";
import { tagSections } from "./tag/tag";

type Say = (sentence: string) => void;

/** Fill the panel, and keep the numbers of the state those of its edits; returns what shows the walk anew. */
export function mountPanel(host: HTMLElement, store: Store, backend: Backend | string, say: Say, walk: WalkView = NO_WALK): () => void {
  const edited = banner(store);
  const failure = element("p", { class: "warning", role: "alert", hidden: true });
  const body = element("div", { class: "panel-body" });
  const reports = reportTabs(store);
  const shown = tabs("What the panel shows", [{ name: "Selection", body }, ...reports], store.state.selection ? 0 : reports.length);
  host.replaceChildren(edited.host, failure, shown.host);
  let focus = store.state.selection;
  let sections: Section[] = [];

  const build = (): void => {
    sections = [...sectionsFor(store, focus, backend, say, walk.hiddenIn), exportSection(store, focus)];
    body.replaceChildren(...sections.map((each) => each.host));
    host.scrollTop = 0;
    show();
  };
  const show = (): void => {
    edited.show(store.state);
    sections.forEach((each) => each.show(store.state));
  };
  const fail = (sentence: string): void => {
    failure.textContent = sentence;
    failure.hidden = !sentence;
    if (sentence) say(sentence);
  };
  const turnTo = (next: Selection | null): void => {
    if (next) shown.choose(0);
    if (isSame(next, focus)) return show();
    focus = next;
    build();
  };

  store.subscribe((state, before) => {
    if (state.numbers !== before.numbers || state.edits !== before.edits) fail("");
    if (!isSame(state.selection, before.selection)) turnTo(state.selection);
    else if (state.step !== before.step) turnTo(walk.lit(state) ?? state.selection);
    else if (state.numbers !== before.numbers || state.edits !== before.edits || state.seed !== before.seed) show();
  });
  window.addEventListener("themechange", show);
  keepNumbers(store, backend, fail);
  sayEdits(store, say);
  build();
  return () => {
    if (store.state.step !== null) show();
  };
}

/** The reports that the document has: findings of the doctor, a tag, a comparison. */
function reportTabs(store: Store): Tab[] {
  const reports: [string, Section[]][] = [
    ["Findings", findingsSections(store)],
    ["Tag", tagSections(store)],
    ["Compare", comparisonSections(store)],
  ];
  return reports
    .filter(([, sections]) => sections.length)
    .map(([name, sections]) => ({ name, body: element("div", { class: "panel-body" }, ...sections.map((each) => each.host)) }));
}

function isSame(a: Selection | null, b: Selection | null): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function sectionsFor(store: Store, focus: Selection | null, backend: Backend | string, say: Say, hiddenIn: HiddenIn): Section[] {
  if (!focus) return overview(store);
  return "node" in focus ? gatePanel(store, focus.node, backend, say, hiddenIn) : callPanel(store, focus.call, hiddenIn);
}
