/** Small pictures on buttons, drawn here so that no font has to have them. */
import { svg } from "../dom";

const SHAPES = {
  first: "M3 3v10M13 3 6 8l7 5Z",
  back: "M12 3 4 8l8 5Z",
  play: "M4 3l9 5-9 5Z",
  pause: "M5 3v10M11 3v10",
  next: "M4 3l8 5-8 5Z",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  theme: "M8 2a6 6 0 1 0 0 12 6 6 0 1 0 0-12ZM8 2v12a6 6 0 0 0 0-12Z",
} as const;

export type Icon = keyof typeof SHAPES;

const FILLED: readonly Icon[] = ["first", "back", "play"];

export function icon(name: Icon): SVGSVGElement {
  const fill = FILLED.includes(name) ? "currentColor" : "none";
  return svg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" },
    svg("path", { d: SHAPES[name], fill, stroke: "currentColor", "stroke-width": 1.6, "stroke-linejoin": "round", "stroke-linecap": "round" }));
}
