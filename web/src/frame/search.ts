/** The search field: a list while one types, arrows choose, Enter goes there. */
import { element } from "../dom";
import type { Selection, Store } from "../state";
import { find, type Found } from "./find";

const MOST = 40;

export interface Search {
  host: HTMLElement;
  focus: () => void;
}

export function searchField(store: Store, go: (selection: Selection) => void): Search {
  let found: Found[] = [];
  let chosen = 0;
  const list = element("ul", { role: "listbox", id: "found", "aria-label": "Found", hidden: true });
  const input = element("input", {
    type: "search", placeholder: "Search  ( / )", "aria-label": "Search the graph", role: "combobox", "aria-expanded": "false",
    "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false",
  });
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const take = (at: number) => {
    if (!found[at]) return;
    close();
    go(found[at].selection);
  };
  const choose = (at: number) => {
    chosen = (at + found.length) % Math.max(1, found.length);
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === chosen)));
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
    if (found.length) input.setAttribute("aria-activedescendant", `found-${chosen}`);
  };
  const look = () => {
    const result = find(store.state.document, input.value, MOST);
    found = result.found;
    list.replaceChildren(...found.map((each, i) => item(each, i, take)), ...note(input.value, result.count));
    list.hidden = !input.value.trim();
    input.setAttribute("aria-expanded", String(!list.hidden));
    choose(0);
  };
  input.addEventListener("input", look);
  input.addEventListener("focus", () => input.value && look());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    const act = { ArrowDown: () => choose(chosen + 1), ArrowUp: () => choose(chosen - 1), Enter: () => take(chosen), Escape: () => (close(), input.blur()) }[event.key];
    event.stopPropagation();
    if (!act) return;
    event.preventDefault();
    act();
  });
  return { host: element("div", { class: "search" }, input, list), focus: () => (input.focus(), input.select()) };
}

function item({ title, line }: Found, at: number, take: (at: number) => void): HTMLElement {
  return element("li", { role: "option", id: `found-${at}`, "aria-selected": "false", onpointerdown: (event: PointerEvent) => (event.preventDefault(), take(at)) },
    title, element("small", {}, line));
}

function note(asked: string, count: number): HTMLElement[] {
  if (!asked.trim() || (count > 0 && count <= MOST)) return [];
  const text = count ? `${count.toLocaleString("en")} found; the first ${MOST} are listed` : "Nothing has such a name, module or kind";
  return [element("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, text)];
}
