/** The value: its equation in names, and in numbers. */
import type { Detail, TensorData } from "../../document";
import { element } from "../../dom";
import type { State } from "../../state";
import { elementsOf, isScalar, numberText } from "../../tensors";
import { figure } from "../figures";
import { hiddenIn } from "../hidden";
import { formula, substituted } from "../mathml";
import { valueOf } from "../readings";
import { titled, type Section } from "../section";

export function valueSection(node: number): Section {
  return titled("Value", (state) => {
    const detail = state.details[node];
    const equation = detail ? formula(detail.equation) : null;
    if (hiddenIn(state).value(node)) return [line(equation), element("p", { class: "note" }, "Not computed yet at this step.")];
    return [line(equation), line(detail ? inNumbers(state, node, detail) : null), element("p", { class: "result" }, figure(valueOf(state, node), "value", "no value"))];
  });
}

function line(content: Element | null): HTMLElement | null {
  return content && element("div", { class: "formula" }, content);
}

/** The equation with the numbers of the run that is shown; null for arrays, and for leaves. */
function inNumbers(state: State, node: number, detail: Detail): Element | null {
  if (detail.equationInNumbers) return formula(detail.equationInNumbers);
  const { nodes } = state.document;
  const names = new Map<string, string>();
  for (const each of [node, ...nodes.inputs[node]]) {
    const value = valueOf(state, each);
    if (!value || !isScalar(value) || nodes.name[each] === "") return null;
    names.set(nodes.name[each], scalarText(value));
  }
  return nodes.inputs[node].length ? substituted(detail.equation, names) : null;
}

function scalarText(value: TensorData): string {
  return numberText(elementsOf(value)[0]);
}
