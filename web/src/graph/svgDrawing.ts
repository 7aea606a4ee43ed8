/** The drawing of up to 500 boxes: elements, so that text is crisp and pointing is exact. */
import { svg } from "../dom";
import type { Place } from "./camera";
import { boxKey, type Drawing, type Hit } from "./drawing";
import { Keyed } from "./keyed";
import { boxPaint, labelText, linePaint, type Picture } from "./paint";
import type { Box, Frame, Label, Line, Partner, Rect, Row } from "./scene";
import { pathOf } from "./scene";
import { boxGroup, definitions, frameGroup, linePath, numberText, partnerLine, placeOf } from "./svgDraw";
import { FAMILY, type Measure } from "./text";

const GLIDE = { duration: 240, easing: "cubic-bezier(.2,.7,.2,1)" };
/** More boxes than this change their place at once. */
const MOST_GLIDING = 250;

export class SvgDrawing implements Drawing {
  readonly host = svg("svg", { class: "drawing", "aria-hidden": "true", focusable: "false" });
  private readonly frames = new Keyed<Frame>({}, ({ call, row }) => row + call);
  private readonly partners = new Keyed<Partner>({ class: "partners" }, ({ box }) => String(box));
  private readonly lines = new Keyed<Line>({ class: "lines", fill: "none" }, ({ from, to, tensors, row }) => `${row}${from} ${to} ${tensors[0]}`);
  private readonly numbers = new Keyed<Label>({ class: "numbers" }, ({ kind, row, box, by }) => `${kind}${row}${box} ${by}`);
  private readonly boxes = new Keyed<Box>({}, boxKey, (element, box) => element.setAttribute("transform", placeOf(box)));
  private readonly view = svg("g", { "font-family": FAMILY }, this.frames.host, this.partners.host, this.lines.host, this.numbers.host, this.boxes.host);
  private defined = "";

  constructor(private readonly measure: Measure) {}

  show(picture: Picture, before: Map<string, Rect> | null): void {
    const { scene } = picture.built;
    const theme = JSON.stringify(picture.palette);
    if (theme !== this.defined) this.host.replaceChildren(definitions(picture), this.view);
    this.defined = theme;
    this.frames.show(scene.frames, (frame) => JSON.stringify(frame) + picture.palette.frame, (frame) => frameGroup(picture, frame));
    this.partners.show(scene.partners, (partner) => JSON.stringify(partner) + picture.palette.muted, (partner) => svg("g", {}, ...partnerLine(picture, partner)));
    this.lines.show(scene.lines, (line) => pathOf(line) + JSON.stringify(linePaint(picture, line)), (line) => linePath(picture, line));
    this.numbers.show(scene.labels, (label) => JSON.stringify([label, labelText(picture, label), picture.palette.value]), (label) => numberText(picture, label));
    this.boxes.show(scene.boxes, (box) => boxSignature(picture, box), (box) => boxGroup(picture, box, this.measure));
    if (before && scene.boxes.length <= MOST_GLIDING && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.glide(scene.boxes, before);
  }

  move({ x, y, scale }: Place, glide: boolean): void {
    this.view.classList.toggle("gliding", glide);
    this.view.style.transform = `translate(${x}px, ${y}px) scale(${scale})`;
  }

  mark(selected: number | null, pointed: number | null): void {
    for (const marked of this.view.querySelectorAll(".selected, .pointed")) marked.classList.remove("selected", "pointed");
    if (selected !== null) for (const found of this.ofBox(selected)) found.classList.add("selected");
    if (pointed === null) return;
    const touching = `[data-partner="${pointed}"], .line[data-from="${pointed}"], .line[data-to="${pointed}"]`;
    for (const found of [...this.ofBox(pointed), ...this.view.querySelectorAll(touching)]) found.classList.add("pointed");
  }

  hit(event: PointerEvent | MouseEvent): Hit | null {
    const target = event.target as Element;
    const found = target.closest<SVGElement>(".box, .bar-of-frame");
    const named = found?.closest<SVGElement>("[data-box]");
    if (!found || !named) return null;
    return { box: Number(named.dataset.box), row: named.dataset.row as Row, sign: target.closest(".sign") !== null, frame: found.matches(".bar-of-frame") };
  }

  private ofBox(box: number): Iterable<Element> {
    return this.view.querySelectorAll(`[data-box="${box}"]`);
  }

  private glide(boxes: Box[], before: Map<string, Rect>): void {
    for (const box of boxes) {
      const group = this.boxes.get(boxKey(box))!;
      const from = before.get(boxKey(box));
      if (!from) group.animate([{ opacity: 0 }, { opacity: 1 }], GLIDE);
      else if (Math.abs(from.x - box.x) + Math.abs(from.y - box.y) > 1)
        group.animate([{ transform: `translate(${from.x}px, ${from.y}px)` }, { transform: `translate(${box.x}px, ${box.y}px)` }], GLIDE);
    }
    for (const { host } of [this.lines, this.numbers, this.partners, this.frames]) host.animate([{ opacity: 0 }, { opacity: 1 }], { ...GLIDE, duration: 360 });
  }
}

function boxSignature(picture: Picture, box: Box): string {
  const { fill, stroke, thick, hatched, faded } = boxPaint(picture, box);
  return [box.title, box.line, box.look, box.width, box.height, fill, stroke, thick, hatched, faded, picture.palette.ink].join("|");
}
