/** Why a tagger gave a word its tag: words of the window, what each contributes, down to the rows of its tables. */
import type { TagReport } from "../../document";
import { element } from "../../dom";
import type { Store } from "../../state";
import { numberText } from "../../tensors";
import { nodeButton } from "../node_button";
import type { Section } from "../section";
import { sentence, signed, type Contribution } from "./sentence";

const MOST_TAGS = 6;
const MOST_ROWS = 30;

export function tagSections(store: Store): Section[] {
  const { tag: report } = store.state.document;
  if (!report) return [];
  const body = element("div");
  let chosen: number | null = report.position;
  const show = (): void => {
    const choose = (position: number): void => {
      chosen = position;
      show();
    };
    body.replaceChildren(sentence(report, chosen, choose), ...words(store, report, chosen));
  };
  show();
  window.addEventListener("themechange", show);
  return [
    {
      host: element("section", { class: "panel-section tag" }, element("h2", {}, `${report.tag} for “${report.words[report.position]}”`), lead(), body),
      show: () => undefined,
    },
    { host: scores(store, report), show: () => undefined },
  ];
}

function lead(): HTMLElement {
  return element("p", { class: "note" }, "A contribution is gradient times input, summed over a row of a table. Positive ones speak for the tag, negative ones against it.");
}

/** The chosen word first, then all words of the window by the size of their contribution. */
function words(store: Store, report: TagReport, chosen: number | null): HTMLElement[] {
  const ranked = [...report.contributions].sort((a, b) => Math.abs(b.total) - Math.abs(a.total));
  const most = Math.max(...ranked.map((each) => Math.abs(each.total)), Number.MIN_VALUE);
  const selected = ranked.find((each) => each.position === chosen);
  const ask = chosen !== null && chosen !== report.position ? askButton(store, report, chosen, null) : null;
  return [
    ...(ask ? [ask] : []),
    selected ? rows(store, selected) : element("p", { class: "note" }, "This word is not in the window that the score reads."),
    element("h3", {}, "Words of the window"),
    element("ul", { class: "contributions" }, ...ranked.map((each) => line(each.word, each.total, most))),
  ];
}

/** The rows of the tables that a word was read from. */
function rows(store: Store, { word, total, rows: parts }: Contribution): HTMLElement {
  const ranked = [...parts].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const most = Math.max(...ranked.map((each) => Math.abs(each.contribution)), Number.MIN_VALUE);
  const lines = ranked.slice(0, MOST_ROWS).map((each) => line(each.row, each.contribution, most, tableName(store, each)));
  const more = ranked.length - MOST_ROWS;
  return element(
    "div",
    {},
    element("h3", {}, `Rows of “${word}”, together ${signed(total)}`),
    element("ul", { class: "contributions" }, ...lines, more > 0 && element("li", { class: "note" }, `and ${more} rows that contribute less`)),
  );
}

/** The kind of a row, and the input of the graph that holds it. */
function tableName(store: Store, { table, node }: Contribution["rows"][number]): HTMLElement {
  return element("small", {}, `${table} in `, nodeButton(store, node));
}

function line(text: string, value: number, most: number, beside: HTMLElement | null = null): HTMLElement {
  const bar = element("i", { class: value < 0 ? "negative" : "positive" });
  bar.style.width = `${(50 * Math.abs(value)) / most}%`;
  return element("li", {}, element("span", { class: "what" }, element("b", {}, text), beside && " ", beside), element("span", { class: "amount" }, signed(value)), element("span", { class: "two-sided", "aria-hidden": "true" }, bar));
}

function scores(store: Store, report: TagReport): HTMLElement {
  const shown = report.scores.slice(0, MOST_TAGS);
  const lines = shown.map(({ tag, probability }) => {
    const bar = element("i", { class: "share", "aria-hidden": "true" });
    bar.style.width = `${100 * probability}%`;
    const name = tag === report.tag ? element("b", {}, tag) : askButton(store, report, report.position, tag) ?? element("span", {}, tag);
    return element("li", {}, name, element("span", { class: "amount" }, `${numberText(100 * probability, 3)}\u00a0%`), element("span", { class: "share-track" }, bar));
  });
  return element("section", { class: "panel-section" }, element("h3", {}, "Tags of this word"), element("ul", { class: "scores" }, ...lines), otherTags(store, report));
}

/** Any tag of the tagger, where a server can compute it. */
function otherTags(store: Store, report: TagReport): HTMLElement {
  if (!store.state.document.editing.server) return element("p", { class: "note" }, "Other words and tags are explored live: chainrule explore, with the folder of the tagger.");
  const select = element("select", { "aria-label": "Tag to explore" }, ...report.tags.map((each) => element("option", {}, each)));
  select.value = report.tag;
  const button = element("button", { type: "button", class: "small", onclick: () => open(report.position, select.value) }, "explore");
  return element("p", { class: "buttons" }, select, button);
}

function askButton(store: Store, report: TagReport, position: number, tag: string | null): HTMLElement | null {
  if (!store.state.document.editing.server) return null;
  const text = tag ?? `Explore the tag of “${report.words[position]}”`;
  return element("button", { type: "button", class: tag ? "link" : "small", onclick: () => open(position, tag) }, text);
}

/** The page of another word or tag, which the server computes. */
function open(position: number, tag: string | null): void {
  const query = new URLSearchParams({ position: String(position), ...(tag ? { tag } : {}) });
  location.assign(`?${query}`);
}
