/** Findings of the training doctor with evidence and remedy, linked to gates; figures over steps. */
import type { FigureSeries, Finding } from "../../document";
import { element } from "../../dom";
import type { Store } from "../../state";
import { placeButton } from "../node_button";
import type { Section } from "../section";
import { chart, seriesName } from "./chart";

const MARKS: Record<Finding["severity"], string> = { error: "✗", warning: "!", note: "i" };
const MOST_GATES = 8;
const MOST_CHARTS = 4;

export function findingsSections(store: Store): Section[] {
  const report = store.state.document.findings;
  if (!report) return [];
  const { findings, figures } = report;
  const nothing = element("p", { class: "note" }, "The doctor found nothing wrong.");
  const list = findings.length ? element("ol", { class: "findings" }, ...findings.map((each, i) => card(store, each, figures, i === 0))) : nothing;
  return [fixed(element("section", { class: "panel-section" }, element("h2", {}, "Findings"), list)), ...(figures.length ? [fixed(allFigures(figures))] : [])];
}

function fixed(host: HTMLElement): Section {
  return { host, show: () => undefined };
}

function card(store: Store, finding: Finding, figures: readonly FigureSeries[], isFirst: boolean): HTMLElement {
  const { severity, title, step, evidence, remedy, nodes } = finding;
  const shown = figures.filter((each) => finding.figures.includes(each.name)).slice(0, MOST_CHARTS);
  return element(
    "li",
    { class: `finding severity-${severity}` },
    element("h3", {}, element("span", { class: "mark", "aria-hidden": "true" }, MARKS[severity]), title, element("small", {}, ` ${severity}, step ${step}`)),
    element("ul", { class: "evidence" }, ...evidence.map((each) => element("li", {}, each))),
    remedy && element("p", { class: "remedy" }, element("b", {}, "What to do: "), remedy),
    nodes.length > 0 && gates(store, nodes),
    shown.length > 0 && charts(shown, step, isFirst),
  );
}

/** The first figure of the first finding; all others unfold. */
function charts(shown: readonly FigureSeries[], step: number, isFirst: boolean): HTMLElement {
  const open = isFirst ? shown.slice(0, 1) : [];
  const folded = shown.slice(open.length);
  const text = `${folded.length} ${open.length ? "more " : ""}${folded.length === 1 ? "figure" : "figures"}`;
  return element(
    "div",
    {},
    ...open.map((each) => chart(each, step)),
    folded.length > 0 && element("details", {}, element("summary", {}, text), ...folded.map((each) => chart(each, step))),
  );
}

function gates(store: Store, nodes: readonly number[]): HTMLElement {
  const links = nodes.slice(0, MOST_GATES).flatMap((each, i) => [i ? ", " : "", placeButton(store, each)]);
  const more = nodes.length - MOST_GATES;
  return element("p", {}, "Gates to blame, the most likely first: ", ...links, more > 0 && ` and ${more} more`);
}

/** One series at a time, to choose. */
function allFigures(figures: readonly FigureSeries[]): HTMLElement {
  const names = figures.map(seriesName);
  const body = element("div");
  const select = element("select", { "aria-label": "Figure", onchange: () => draw() }, ...names.map((each) => element("option", {}, each)));
  const draw = (): void => body.replaceChildren(chart(figures[select.selectedIndex], null));
  select.selectedIndex = 0;
  draw();
  return element("section", { class: "panel-section figures" }, element("h3", {}, "Figures over steps"), select, body);
}
