/** Light or dark: as the system says until the user chooses. */
import { element } from "../dom";
import { icon } from "./icon";

export function themeButton(): HTMLElement {
  const system = matchMedia("(prefers-color-scheme: dark)");
  show(system.matches);
  system.addEventListener("change", (event) => show(event.matches));
  return element("button", { type: "button", title: "Light or dark colours", "aria-label": "Light or dark colours", onclick: () => show(!isDark()) }, icon("theme"));
}

export function isDark(): boolean {
  return document.documentElement.dataset.theme === "dark";
}

function show(dark: boolean): void {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  dispatchEvent(new Event("themechange"));
}
