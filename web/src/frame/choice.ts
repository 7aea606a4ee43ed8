/** One of a few, always visible: a row of buttons that works as a radio group. */
import { element } from "../dom";

export interface Option<T> {
  value: T;
  text: string;
  hint: string;
}

export function choice<T>(label: string, options: Option<T>[], choose: (value: T) => void): { host: HTMLElement; show: (value: T) => void } {
  const buttons = options.map((option) =>
    element("button", { type: "button", role: "radio", title: option.hint, "aria-checked": "false", onclick: () => choose(option.value) }, option.text));
  const host = element("div", { class: "choice", role: "radiogroup", "aria-label": label, onkeydown: (event: KeyboardEvent) => move(event, buttons) }, ...buttons);
  const show = (value: T) =>
    buttons.forEach((button, i) => {
      const checked = options[i].value === value;
      button.setAttribute("aria-checked", String(checked));
      button.tabIndex = checked ? 0 : -1;
    });
  return { host, show };
}

function move(event: KeyboardEvent, buttons: HTMLButtonElement[]): void {
  const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const next = buttons[(buttons.indexOf(document.activeElement as HTMLButtonElement) + by + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
