/** Tabs of the panel: what is selected, and the reports that the document has. */
import { element } from "../dom";

export interface Tab {
  readonly name: string;
  readonly body: HTMLElement;
}

export interface Tabs {
  readonly host: HTMLElement;
  choose(at: number): void;
}

/** A row of tabs over their bodies; without a row if there is one body only. */
export function tabs(label: string, all: readonly Tab[], chosen: number): Tabs {
  const buttons = all.map(({ name, body }, at) => {
    body.id = `panel-${at}`;
    body.setAttribute("role", "tabpanel");
    body.setAttribute("aria-labelledby", `tab-${at}`);
    return element("button", { type: "button", role: "tab", id: `tab-${at}`, "aria-controls": body.id, onclick: () => choose(at) }, name);
  });
  const choose = (at: number): void => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-selected", String(i === at));
      button.tabIndex = i === at ? 0 : -1;
      all[i].body.hidden = i !== at;
    });
  };
  const row = element("div", { class: "panel-tabs", role: "tablist", "aria-label": label, onkeydown: (event: KeyboardEvent) => move(event, buttons) }, ...buttons);
  choose(chosen);
  if (all.length < 2) all[0].body.removeAttribute("role");
  return { host: element("div", {}, all.length > 1 && row, ...all.map((each) => each.body)), choose };
}

function move(event: KeyboardEvent, buttons: readonly HTMLButtonElement[]): void {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
  const next = buttons[(at + by + buttons.length) % buttons.length];
  next.focus();
  next.click();
}
