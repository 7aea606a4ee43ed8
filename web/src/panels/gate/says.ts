/** What the gate does to the gradient, in words. */
import { element } from "../../dom";
import { titled, type Section } from "../section";
import { kindOf } from "../readings";

export function saysSection(node: number): Section {
  return titled("What it does to the gradient", (state) => {
    const detail = state.details[node];
    if (!detail?.says) return null;
    const kind = kindOf(state.document, node);
    const starts = detail.says.startsWith(kind);
    const sentence = element("p", { class: "says" }, !starts && element("b", {}, kind), starts ? "" : " ", detail.says, ".");
    const routed = detail.routed.map((each) => element("li", {}, each));
    return [sentence, routed.length ? element("ul", { class: "routed" }, ...routed) : null];
  });
}
