/** The graph as a tree that screen readers and the keyboard walk: calls hold their parts, open ones show them. */
import { element } from "../dom";
import type { ExplorerDocument } from "../document";
import { contentsOf } from "./contents";
import type { Visible } from "./fold";
import type { Hierarchy } from "./hierarchy";

/** More items than this are not written out; the neighbours of the selected one are. */
const MOST = 500;
const NEARBY = 40;

export function treeItems(h: Hierarchy, visible: Visible, selected: number | null): HTMLElement[] {
  const few = visible.boxes.length + visible.frames.length <= MOST;
  return itemsOf(h, 0, 1, new Set(visible.frames), selected, few);
}

export function itemId(box: number): string {
  return `box-${box}`;
}

function itemsOf(h: Hierarchy, call: number, level: number, frames: Set<number>, selected: number | null, few: boolean): HTMLElement[] {
  const parts = [...h.nodes[call], ...h.calls[call].map((c) => h.size + c)];
  const at = Math.max(0, parts.indexOf(selected ?? -1));
  const near = (box: number, i: number) => few || Math.abs(i - at) < NEARBY || frames.has(box - h.size);
  return parts.flatMap((box, i) => (near(box, i) ? [item(h, box, level, parts.length, i + 1, frames, selected, few)] : []));
}

function item(h: Hierarchy, box: number, level: number, size: number, position: number, frames: Set<number>, selected: number | null, few: boolean): HTMLElement {
  const call = box - h.size;
  const open = call >= 0 && frames.has(call);
  const made = element("div", {
    role: "treeitem", id: itemId(box), "aria-level": level, "aria-setsize": size, "aria-posinset": position, "aria-selected": String(box === selected),
    ...(call >= 0 ? { "aria-expanded": String(open) } : {}),
  }, element("span", {}, spoken(h, box)));
  if (open) made.append(element("div", { role: "group" }, ...itemsOf(h, call, level + 1, frames, selected, few)));
  return made;
}

/** One line that says what a box is and what feeds it. */
export function spoken(h: Hierarchy, box: number): string {
  const { title, line, look } = contentsOf(h, box);
  if (look === "call") return `${h.document.calls[box - h.size].title}, ${line}`;
  const from = inputNames(h.document, box);
  return `${title} ${line}${from ? `, from ${from}` : ""}`;
}

function inputNames({ nodes }: ExplorerDocument, n: number): string {
  const names = nodes.inputs[n].slice(0, 4).map((i) => nodes.name[i]);
  return names.join(" and ") + (nodes.inputs[n].length > 4 ? " and others" : "");
}
