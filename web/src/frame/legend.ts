/** What places and colours mean, below the graph. */
import { element, svg } from "../dom";
import type { GraphScreen } from "../graph/screen";
import type { Picture } from "../graph/paint";

/** Below this height of the window the legend is folded at first. */
const ROOM = 640;

export function legend(screen: GraphScreen): HTMLElement {
  const content = element("div", { class: "entries" });
  screen.onPicture((picture) => content.replaceChildren(...entries(picture)));
  return element("details", { class: "legend", open: innerHeight >= ROOM }, element("summary", {}, "Legend"), content);
}

function entries(picture: Picture): HTMLElement[] {
  const { palette, scale, built, facts, state } = picture;
  const made: HTMLElement[] = [];
  if (built.scene.labels.length) {
    if (state.view !== "backward") made.push(entry("value above", palette.value, "12"));
    if (state.view !== "forward") made.push(entry(state.view === "backward" ? "gradient" : "gradient below", palette.gradient, "∂"));
    if (built.scene.labels.some(({ text }) => text.includes("‖"))) made.push(entry("norm of an array", palette.muted, "‖ ‖"));
  }
  if (scale) made.push(scaleEntry(scale.title, scale.text(scale.least), scale.text(scale.greatest), palette.surface, palette.scale, palette.edge));
  else made.push(...kinds(picture));
  if (state.view !== "forward" && [...facts.values()].some(({ cutOff }) => cutOff)) made.push(swatch("no path: no gradient", palette.surface, palette.edge, true));
  if ([...facts.values()].some(({ broken }) => broken)) made.push(swatch("NaN or infinity inside", palette.surface, palette.bad, false));
  return made;
}

function kinds({ palette, built: { scene } }: Picture): HTMLElement[] {
  const looks = new Set(scene.boxes.map(({ look }) => look));
  return (["input", "parameter", "constant"] as const).filter((look) => looks.has(look)).map((look) => swatch(look, palette[look], palette.edge, false));
}

function entry(text: string, colour: string, sample: string): HTMLElement {
  const mark = element("b", { "aria-hidden": "true" }, `${sample} `);
  mark.style.color = colour;
  return element("span", {}, mark, text);
}

function swatch(text: string, fill: string, stroke: string, hatched: boolean): HTMLElement {
  const picture = svg("svg", { width: 22, height: 13, "aria-hidden": "true", class: "swatch" },
    svg("rect", { x: 1, y: 1, width: 20, height: 11, rx: 5, fill, stroke, "stroke-width": 1.4, "stroke-dasharray": hatched ? "3 2" : undefined }),
    hatched ? svg("path", { d: "M4 12 10 1M9 12 15 1M14 12 19 2", stroke, "stroke-width": 1.2 }) : null);
  return element("span", {}, picture, ` ${text}`);
}

function scaleEntry(title: string, least: string, greatest: string, from: string, to: string, stroke: string): HTMLElement {
  const ramp = element("i", { class: "ramp", "aria-hidden": "true" });
  ramp.style.background = `linear-gradient(to right, ${from}, ${to})`;
  ramp.style.borderColor = stroke;
  return element("span", {}, `${title}: ${least} `, ramp, ` ${greatest}`);
}
