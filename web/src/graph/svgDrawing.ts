/** The drawing of up to 500 boxes: elements, so that text is crisp and pointing is exact. */
import { svg } from "../dom";
import type { Place } from "./camera";
import { boxKey, type Drawing, type Hit } from "./drawing";
import type { Picture } from "./paint";
import type { Rect, Row } from "./scene";
import { definitions, drawing } from "./svgDraw";
import type { Measure } from "./text";

const GLIDE = { duration: 240, easing: "cubic-bezier(.2,.7,.2,1)" };

export class SvgDrawing implements Drawing {
  readonly host = svg("svg", { class: "drawing", "aria-hidden": "true", focusable: "false" });
  private readonly view = svg("g");

  constructor(private readonly measure: Measure) {}

  show(picture: Picture, before: Map<string, Rect> | null): void {
    this.view.replaceChildren(drawing(picture, this.measure));
    this.host.replaceChildren(definitions(picture), this.view);
    if (before && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.glide(picture, before);
  }

  move({ x, y, scale }: Place, glide: boolean): void {
    this.view.classList.toggle("gliding", glide);
    this.view.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  }

  mark(selected: number | null, pointed: number | null): void {
    for (const marked of this.view.querySelectorAll(".selected, .pointed")) marked.classList.remove("selected", "pointed");
    if (selected !== null) for (const found of this.boxes(selected)) found.classList.add("selected");
    if (pointed === null) return;
    const touching = `[data-partner="${pointed}"], .line[data-from="${pointed}"], .line[data-to="${pointed}"]`;
    for (const found of [...this.boxes(pointed), ...this.view.querySelectorAll(touching)]) found.classList.add("pointed");
  }

  hit(event: PointerEvent | MouseEvent): Hit | null {
    const target = event.target as Element;
    const found = target.closest<SVGElement>(".box, .bar-of-frame");
    const named = found?.closest<SVGElement>("[data-box]");
    if (!found || !named) return null;
    return { box: Number(named.dataset.box), row: named.dataset.row as Row, sign: target.closest(".sign") !== null, frame: found.matches(".bar-of-frame") };
  }

  private boxes(box: number): Iterable<Element> {
    return this.view.querySelectorAll(`[data-box="${box}"]`);
  }

  private glide({ built: { scene } }: Picture, before: Map<string, Rect>): void {
    const rects = new Map(scene.boxes.map((box) => [boxKey(box), box]));
    for (const group of this.view.querySelectorAll<SVGElement>(".box")) {
      const key = boxKey({ box: Number(group.dataset.box), row: group.dataset.row as Row });
      const [from, to] = [before.get(key), rects.get(key)!];
      if (!from) group.animate([{ opacity: 0 }, { opacity: 1 }], GLIDE);
      else if (Math.abs(from.x - to.x) + Math.abs(from.y - to.y) > 1)
        group.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: "none" }], GLIDE);
    }
    for (const group of this.view.querySelectorAll(".lines, .numbers, .partners, .frame")) group.animate([{ opacity: 0 }, { opacity: 1 }], { ...GLIDE, duration: 360 });
  }
}
