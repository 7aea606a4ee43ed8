/** The scale of a heatmap: its colours with the numbers that they stand for, and the marks of what is not finite. */
import { element } from "../../dom";
import { numberText } from "../../tensors";

export function legend(most: number, hasNan: boolean, hasInfinite: boolean): HTMLElement {
  return element(
    "div",
    { class: "heat-legend", "aria-hidden": "true" },
    element("span", {}, numberText(-most)),
    element("span", { class: "heat-bar" }),
    element("span", { class: "heat-zero-tick" }, "0"),
    element("span", {}, numberText(most)),
    hasNan && element("span", { class: "heat-key" }, element("i", { class: "key-nan" }, "×"), "NaN"),
    hasInfinite && element("span", { class: "heat-key" }, element("i", { class: "key-infinite" }, "↑"), "infinite"),
  );
}
