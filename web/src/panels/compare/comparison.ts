/** Two runs or steps, paired by module path: gates ranked by relative difference. */
import type { Comparison, ExplorerDocument } from "../../document";
import { element } from "../../dom";
import type { Store } from "../../state";
import { numberText } from "../../tensors";
import { placeButton } from "../node_button";
import { scrolling } from "../scrolling";
import type { Section } from "../section";

const MOST_ROWS = 100;

type Pair = Comparison["pairs"][number];

export function comparisonSections(store: Store): Section[] {
  const { comparison } = store.state.document;
  if (!comparison) return [];
  const { first, second, pairs } = comparison;
  const ranked = [...pairs].sort((a, b) => b.difference - a.difference);
  const host = element(
    "section",
    { class: "panel-section comparison" },
    element("h2", {}, `${first} and ${second}`),
    element("p", { class: "note" }, lead(ranked, first, second)),
    colourButton(store),
    table(store, ranked, first, second),
    ranked.length > MOST_ROWS && element("p", { class: "note" }, `and ${ranked.length - MOST_ROWS} pairs that differ less`),
  );
  return [{ host, show: () => undefined }];
}

function lead(ranked: readonly Pair[], first: string, second: string): string {
  const same = ranked.filter((each) => each.difference === 0).length;
  const rest = `${ranked.length} gates and leaves of ${first} have a partner in ${second} with the same module path`;
  return same === ranked.length ? `${rest}; none of them differs.` : `${rest}; ${same} of them are equal. Those that differ most come first.`;
}

function colourButton(store: Store): HTMLElement {
  const button = element("button", { type: "button", class: "small", onclick: () => store.set({ colouring: store.state.colouring === "difference" ? "none" : "difference" }) });
  const show = (): void => {
    const isOn = store.state.colouring === "difference";
    button.setAttribute("aria-pressed", String(isOn));
    button.textContent = "colour the graph by difference";
  };
  store.subscribe((state, before) => state.colouring !== before.colouring && show());
  show();
  return button;
}

function table(store: Store, ranked: readonly Pair[], first: string, second: string): HTMLElement {
  const heads = ["gate", "differs by", first, second].map((each) => element("th", { scope: "col" }, each));
  const rows = ranked.slice(0, MOST_ROWS).map((each) => row(store, each, ranked[0].difference));
  return scrolling("scroll", "Differences", element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows)));
}

function row(store: Store, pair: Pair, most: number): HTMLElement {
  const bar = element("i", { class: "share", "aria-hidden": "true" });
  bar.style.width = `${most ? (100 * pair.difference) / most : 0}%`;
  return element(
    "tr",
    { title: pair.why },
    element("th", { scope: "row" }, placeButton(store, pair.node), element("small", {}, where(store.state.document, pair.node))),
    element("td", { class: "number" }, percent(pair.difference), element("span", { class: "share-track" }, bar)),
    element("td", { class: "number" }, numberText(pair.first, 3)),
    element("td", { class: "number" }, numberText(pair.second, 3)),
  );
}

/** The name in the graph, and the path of the call around it. */
function where({ nodes, calls }: ExplorerDocument, node: number): string {
  if (nodes.role[node] !== "gate") return nodes.role[node];
  return [nodes.name[node], calls[nodes.call[node]].path].filter(Boolean).join(", ");
}

function percent(share: number): string {
  return share === 0 ? "0\u00a0%" : share < 0.0005 ? `${numberText(100 * share, 2)}\u00a0%` : `${numberText(100 * share, 3)}\u00a0%`;
}
