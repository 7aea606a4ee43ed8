/** A number to type or to drag: a field with limits, and a slider around the number of the document. */
import { element } from "../../dom";
import { fault, limitOf } from "./edits";

export interface NumberEditor {
  readonly host: HTMLElement;
  show(value: number): void;
}

const STEPS = 400;

/** `changed` is called with every number on the way while the slider is dragged. */
export function numberEditor(label: string, dtype: string, original: number, changed: (value: number) => void): NumberEditor {
  const middle = Number.isFinite(original) ? original : 0;
  const reach = Math.max(1, 2 * Math.abs(middle));
  const [least, most] = [middle - reach, middle + reach];
  const error = element("p", { class: "warning", role: "alert", hidden: true });
  const field = element("input", {
    type: "number", step: "any", min: -limitOf(dtype), max: limitOf(dtype), "aria-label": label,
    onchange: () => typed(),
    onkeydown: (event: KeyboardEvent) => event.key === "Escape" && field.blur(),
  });
  const slider = element("input", {
    type: "range", min: 0, max: STEPS, step: 1, "aria-label": `${label}, slider`,
    oninput: () => set(least + ((most - least) * Number(slider.value)) / STEPS),
  });

  const typed = (): void => {
    const wrong = fault(field.value, dtype);
    complain(wrong);
    if (!wrong) set(Number(field.value));
  };
  const complain = (sentence: string): void => {
    error.textContent = sentence;
    error.hidden = !sentence;
    field.setAttribute("aria-invalid", String(Boolean(sentence)));
  };
  const set = (value: number): void => {
    complain("");
    const rounded = Number(value.toPrecision(12));
    show(rounded);
    changed(rounded);
  };
  const show = (value: number): void => {
    if (document.activeElement !== field || Number(field.value) !== value) field.value = String(value);
    slider.value = String(Math.round(((value - least) / (most - least)) * STEPS));
    slider.setAttribute("aria-valuetext", String(Number(value.toPrecision(6))));
  };
  const back = element("button", { type: "button", class: "small", title: "The number of the document", onclick: () => set(original) }, "reset");
  const host = element("div", { class: "number-editor" }, element("div", { class: "editor-row" }, field, slider, back), error);
  show(original);
  return { host, show };
}
