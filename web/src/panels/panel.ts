/** The panel beside the graph: what is selected, with its numbers, and the reports of the document. */
import "./panels.css";
import { element } from "../dom";
import type { Backend } from "../live/backend";
import { keepNumbers } from "../live/recompute";
import type { Selection, State, Store } from "../state";
import { callPanel } from "./call";
import { comparisonSections } from "./compare/comparison";
import { banner } from "./edit/banner";
import { exportSection } from "./export/section";
import { findingsSections } from "./findings/findings";
import { gatePanel } from "./gate/gate";
import { nothingHidden, type HiddenIn } from "./hidden";
import { overview } from "./overview";
import type { Section } from "./section";
import { sayEdits } from "./spoken";
import { tabs, type Tab } from "./tabs";
import { tagSections } from "./tag/tag";

type Say = (sentence: string) => void;

/** Fill the panel, and keep the numbers of the state those of its edits; `hiddenIn` is what a walk has not reached. */
export function mountPanel(host: HTMLElement, store: Store, backend: Backend | string, say: Say, hiddenIn: HiddenIn = nothingHidden): void {
  const edited = banner(store);
  const failure = element("p", { class: "warning", role: "alert", hidden: true });
  const body = element("div", { class: "panel-body" });
  const reports = reportTabs(store);
  const shown = tabs("What the panel shows", [{ name: "Selection", body }, ...reports], store.state.selection ? 0 : Math.min(reports.length, 1));
  host.replaceChildren(edited.host, failure, shown.host);
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
    if (!isSame(state.selection, before.selection)) {
      if (state.selection) shown.choose(0);
      build();
    } else if (isShownAnew(state, before)) show(state);
  });
  window.addEventListener("themechange", () => show(store.state));
  keepNumbers(store, backend, fail);
  sayEdits(store, say);
  build();
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

function isShownAnew(state: State, before: State): boolean {
  return state.numbers !== before.numbers || state.edits !== before.edits || state.seed !== before.seed || state.step !== before.step;
}

function sectionsFor(store: Store, backend: Backend | string, say: Say, hiddenIn: HiddenIn): Section[] {
  const { selection } = store.state;
  if (!selection) return overview(store);
  return "node" in selection ? gatePanel(store, selection.node, backend, say, hiddenIn) : callPanel(store, selection.call);
}
