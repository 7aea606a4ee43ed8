/** Edits and seeds as the state keeps them: absolute, relative to the document. */
import { isFloat } from "../../dense";
import type { ExplorerDocument } from "../../document";
import { documentSeed, startOf } from "../../seed";
import type { Edit, State } from "../../state";
import { elementsOf } from "../../tensors";
import { tensorAt } from "../readings";

/** The largest sizes that a field takes. */
const MOST: Record<string, number> = { float32: 3e38, float64: 1e300 };

export function limitOf(dtype: string): number {
  return MOST[dtype] ?? 1e300;
}

/** The element as the document has it; null if it was not kept. */
export function originalOf(document: ExplorerDocument, node: number, position: number): number | null {
  const value = tensorAt(document.numbers, document.numbers.value[node]);
  return value && !value.kept ? elementsOf(value)[position] : null;
}

/** The edits with one more; an edit back to the number of the document is none. */
export function withEdit(state: State, edit: Edit): Edit[] {
  const others = state.edits.filter((each) => each.node !== edit.node || each.position !== edit.position);
  return originalOf(state.document, edit.node, edit.position) === edit.value ? others : [...others, edit];
}

/** The seed with one more element changed; null if it is that of the document again. */
export function withSeed(state: State, output: number, position: number, value: number): number[] | null {
  const original = documentSeed(state.document);
  const seed = [...(state.seed ?? original)];
  seed[startOf(state.document, output) + position] = value;
  return seed.every((each, i) => each === original[i]) ? null : seed;
}

/** The sentence that says what is wrong with a typed number; empty if nothing is. */
export function fault(text: string, dtype: string): string {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return `“${text}” is not a number. Type one such as 0.5 or -2e-3.`;
  if (Math.abs(value) > limitOf(dtype)) return `${text} is beyond ${dtype}. Type a number between -${limitOf(dtype)} and ${limitOf(dtype)}.`;
  return "";
}

export function isEditable(document: ExplorerDocument, node: number): boolean {
  return document.editing.nodes.includes(node);
}

export function hasSeed(document: ExplorerDocument, node: number): boolean {
  return document.outputs.includes(node) && isFloat(document.dtypes[document.nodes.dtype[node]]);
}
