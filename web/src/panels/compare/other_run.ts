/** The numbers of a node in the other run. */
import { element } from "../../dom";
import type { State } from "../../state";
import { figure } from "../figures";
import { tensorAt, upstreamOf, valueOf } from "../readings";
import { titled, type Section } from "../section";

export function otherRun(node: number): Section {
  return titled("In both runs", (state) => {
    const { comparison } = state.document;
    if (!comparison) return null;
    const { first, second, numbers } = comparison;
    const pair = comparison.pairs.find((each) => each.node === node);
    return [
      pair ? element("p", { class: "says" }, pair.why) : null,
      row(`value in ${first}`, state, "value", (each) => valueOf(each, node)),
      row(`value in ${second}`, state, "value", () => tensorAt(numbers, numbers.value[node])),
      row(`gradient in ${first}`, state, "gradient", (each) => upstreamOf(each, node)),
      row(`gradient in ${second}`, state, "gradient", () => tensorAt(numbers, numbers.upstream[node])),
    ];
  });
}

function row(label: string, state: State, tone: "value" | "gradient", read: (state: State) => ReturnType<typeof valueOf>): HTMLElement {
  return element("p", { class: "both-runs" }, element("span", { class: "derivative" }, `${label}: `), figure(read(state), tone, "none"));
}
