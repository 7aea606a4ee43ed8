/** The value: its equation in names, and in numbers. */
import type { Detail, TensorData } from "../../document";
import { element } from "../../dom";
import type { State } from "../../state";
import { elementsOf, isScalar, numberText } from "../../tensors";
import { figure } from "../figures";
import type { HiddenIn } from "../hidden";
import { formula, substituted } from "../mathml";
import { valueOf } from "../readings";
import { scrolling } from "../scrolling";
import { titled, type Section } from "../section";

export function valueSection(node: number, hiddenIn: HiddenIn): Section {
  return titled("Value", (state) => {
    const detail = state.details[node];
    const equation = line(detail ? formula(detail.equation) : null);
    if (hiddenIn(state).value(node)) return [equation, element("p", { class: "note" }, "Not computed yet at this step.")];
    const inNumbers = detail ? withNumbers(state, node, detail) : null;
    if (inNumbers) return [equation, line(inNumbers)];
    return [equation, element("p", { class: "result" }, figure(valueOf(state, node), "value", "left out of the document"))];
  });
}

function line(content: Element | null): HTMLElement | null {
  return content && scrolling("formula", "Equation", content);
}

/** The equation with the numbers of the run that is shown; null for arrays, and for leaves. */
function withNumbers(state: State, node: number, detail: Detail): Element | null {
  if (detail.equationInNumbers) return formula(detail.equationInNumbers);
  const { nodes } = state.document;
  const values = [node, ...nodes.inputs[node]].map((each) => valueOf(state, each));
  if (!nodes.inputs[node].length || values.some((each) => !each || !isScalar(each))) return null;
  const [result, ...numbers] = values.map((each) => scalarText(each!));
  const named = nodes.inputs[node].map((each, i): [number, string] => [each, numbers[i]]).filter(([each]) => nodes.role[each] !== "constant");
  const names = new Map(named.map(([each, text]) => [nodes.name[each], text]));
  return substituted(detail.equation, names, result);
}

function scalarText(value: TensorData): string {
  return numberText(elementsOf(value)[0]);
}
