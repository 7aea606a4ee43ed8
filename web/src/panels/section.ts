/** A part of the panel: made once for what is selected, shown anew when the numbers change. */
import { element } from "../dom";
import type { State } from "../state";

export interface Section {
  readonly host: HTMLElement;
  show(state: State): void;
}

/** A section with a heading; `content` returns what stands below it, or null to hide the section. */
export function titled(title: string, content: (state: State) => (Node | string | null)[] | null): Section {
  const body = element("div", { class: "section-body" });
  const host = element("section", { class: "panel-section" }, element("h3", {}, title), body);
  return {
    host,
    show: (state) => {
      const found = content(state);
      host.hidden = found === null;
      body.replaceChildren(...(found ?? []).filter((each): each is Node | string => each !== null));
    },
  };
}
