/** Changing a value or a seed: a number at once, an element of an array after it was chosen in the heatmap. */
import { indexOf, positionOf } from "../../dense";
import { element } from "../../dom";
import { documentSeed, startOf } from "../../seed";
import type { State, Store } from "../../state";
import type { Section } from "../section";
import { dtypeOf } from "../readings";
import { hasSeed, isEditable, originalOf, withEdit, withSeed } from "./edits";
import { numberEditor, type NumberEditor } from "./number_editor";

/** An editor of the elements of one tensor. */
interface Target {
  readonly title: string;
  readonly original: (position: number) => number | null;
  readonly current: (state: State, position: number) => number;
  readonly set: (position: number, value: number) => void;
}

export interface EditSection extends Section {
  /** Choose the element of the value that is edited. */
  choose(index: readonly number[]): void;
}

/** The editors of a node, or the sentence that says why there are none; null for a node that nobody would edit. */
export function editSection(store: Store, node: number, why: string): EditSection | null {
  const { document } = store.state;
  const targets = [
    ...(isEditable(document, node) ? [valueTarget(store, node)] : []),
    ...(hasSeed(document, node) ? [seedTarget(store, node)] : []),
  ];
  const role = document.nodes.role[node];
  if (!targets.length && role !== "input" && role !== "parameter" && !hasSeed(document, node)) return null;
  const heading = element("h3", {}, "Edit");
  if (why) return { host: element("section", { class: "panel-section" }, heading, element("p", { class: "note" }, why)), show: () => undefined, choose: () => undefined };
  if (!targets.length) return null;
  const editors = targets.map((each) => elementEditor(store, node, each));
  return {
    host: element("section", { class: "panel-section edit" }, heading, ...editors.map((each) => each.host)),
    show: (state) => editors.forEach((each) => each.show(state)),
    choose: (index) => editors[0].choose(index),
  };
}

function valueTarget(store: Store, node: number): Target {
  const { document } = store.state;
  return {
    title: document.nodes.name[node],
    original: (position) => originalOf(document, node, position),
    current: ({ edits }, position) =>
      edits.find((each) => each.node === node && each.position === position)?.value ?? originalOf(document, node, position) ?? 0,
    set: (position, value) => store.set({ edits: withEdit(store.state, { node, position, value }) }),
  };
}

function seedTarget(store: Store, node: number): Target {
  const { document } = store.state;
  const original = documentSeed(document);
  const start = startOf(document, node);
  return {
    title: `seed: the gradient at ${document.nodes.name[node]}`,
    original: (position) => original[start + position],
    current: ({ seed }, position) => (seed ?? original)[start + position],
    set: (position, value) => store.set({ seed: withSeed(store.state, node, position, value) }),
  };
}

function elementEditor(store: Store, node: number, target: Target): EditSection {
  const shape = store.state.document.nodes.shape[node];
  const host = element("div", { class: "editor" });
  let position = 0;
  let editor: NumberEditor | null = null;

  const build = (): void => {
    const original = target.original(position);
    const place = shape.length ? `[${indexOf(position, shape).join(", ")}]` : "";
    const label = element("label", {}, `${target.title}${place} =`);
    editor = original === null ? null : numberEditor(`${target.title}${place}`, dtypeOf(store.state.document, node), original, (value) => target.set(position, value));
    const note = element("p", { class: "note" }, "This element is not in the document. Choose one that is.");
    host.replaceChildren(label, ...(shape.length ? [indexFields()] : []), editor?.host ?? note);
    editor?.show(target.current(store.state, position));
  };
  const indexFields = (): HTMLElement => {
    const index = indexOf(position, shape);
    const fields = shape.map((extent, axis) => {
      const field = element("input", {
        type: "number", min: 0, max: extent - 1, step: 1, value: index[axis], "aria-label": `Index along axis ${axis}`,
        onchange: () => {
          const at = Math.min(Math.max(Math.round(Number(field.value)) || 0, 0), extent - 1);
          choose(index.map((each, i) => (i === axis ? at : each)));
        },
      });
      return field;
    });
    return element("div", { class: "index-fields" }, "element", ...fields, element("span", { class: "note" }, "or click one in the heatmap"));
  };
  const choose = (index: readonly number[]): void => {
    position = positionOf(index, shape);
    build();
  };

  build();
  return { host, show: (state) => editor?.show(target.current(state, position)), choose };
}
