/** Boxes that scroll sideways where their content is too wide; the keyboard reaches them only then. */
import { element } from "../dom";

const observer = new ResizeObserver((entries) => entries.forEach((each) => mark(each.target as HTMLElement)));

export function scrolling(kind: string, label: string, ...content: (Node | string)[]): HTMLElement {
  const host = element("div", { class: kind, role: "group", "aria-label": label }, ...content);
  observer.observe(host);
  return host;
}

function mark(host: HTMLElement): void {
  if (host.scrollWidth > host.clientWidth) host.tabIndex = 0;
  else host.removeAttribute("tabindex");
}
