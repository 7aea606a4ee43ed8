/** The scene as SVG; colours stand in attributes, so that a copy of it stands alone. */
import { svg } from "../dom";
import { FRAME_BAR } from "./mirror";
import { boxPaint, labelText, linePaint, type Picture } from "./paint";
import { pathOf, type Box, type Frame, type Label, type Line, type Partner } from "./scene";
import { SIDE, SIGN, TEXT_ROOM } from "./sizes";
import { cut, FAMILY, type Measure } from "./text";

export function drawing(picture: Picture, measure: Measure): SVGGElement {
  const { scene } = picture.built;
  return svg("g", { "font-family": FAMILY },
    svg("g", {}, ...scene.frames.map((frame) => frameGroup(picture, frame))),
    svg("g", { class: "partners" }, ...scene.partners.flatMap((partner) => partnerLine(picture, partner))),
    svg("g", { class: "lines", fill: "none" }, ...scene.lines.map((line) => linePath(picture, line))),
    svg("g", { class: "numbers" }, ...scene.labels.map((label) => numberText(picture, label))),
    svg("g", {}, ...scene.boxes.map((box) => boxGroup(picture, box, measure))));
}

/** What paths and boxes refer to. */
export function definitions({ palette }: Picture): SVGDefsElement {
  const tip = (id: string, colour: string) =>
    svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" },
      svg("path", { d: "M0 0.8 7.5 4 0 7.2Z", fill: colour }));
  const hatch = svg("pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("path", { d: "M0 0V7", stroke: palette.muted, "stroke-width": 2, "stroke-opacity": 0.45 }));
  return svg("defs", {}, tip("tip", palette.edge), tip("tip-lit", palette["lit-line"]), tip("tip-back", palette.gradient), hatch);
}

export function frameGroup({ palette, h }: Picture, frame: Frame): SVGGElement {
  const { x, y, width, height, row, title, line } = frame;
  const middle = row === "forward" ? y + FRAME_BAR / 2 : y + height - FRAME_BAR / 2;
  return svg("g", { class: "frame", "data-call": frame.call, "data-box": h.size + frame.call, "data-row": row },
    svg("rect", { x, y, width, height, rx: 12, fill: palette.frame, stroke: palette["frame-line"] }),
    svg("g", { class: "bar-of-frame" },
      svg("rect", { x, y: middle - FRAME_BAR / 2, width, height: FRAME_BAR, fill: "transparent" }),
      sign(x + 16, middle, palette.muted, true),
      svg("text", { x: x + 28, y: middle + 4.5, "font-size": 13, "font-weight": 600, fill: palette.ink }, row === "forward" ? title : `∂ ${title}`,
        line ? svg("tspan", { dx: 7, "font-weight": 400, "font-size": 11.5, fill: palette.muted }, line) : null)));
}

/** Plus: opens; minus: folds. */
function sign(x: number, y: number, colour: string, opened: boolean): SVGGElement {
  return svg("g", { class: "sign", transform: `translate(${x} ${y})` },
    svg("circle", { r: 11, fill: "transparent" }),
    svg("path", { d: opened ? "M-4.5 0H4.5" : "M-4.5 0H4.5M0 -4.5V4.5", stroke: colour, "stroke-width": 1.8, "stroke-linecap": "round" }),
    svg("title", {}, opened ? "Fold" : "Open"));
}

/** In full where nothing is in the way, else a beginning and an end; the whole shows while the box is pointed at. */
export function partnerLine({ palette }: Picture, { box, x, y0, y1, free }: Partner): SVGElement[] {
  const stroke = { stroke: palette.muted, "stroke-opacity": 0.35, "stroke-dasharray": "1 5", "stroke-linecap": "round", "stroke-width": 1.6 };
  const d = free ? `M${x} ${y0}V${y1}` : `M${x} ${y0}v9M${x} ${y1}v-9`;
  return [svg("path", { ...stroke, d }), svg("path", { ...stroke, d: `M${x} ${y0}V${y1}`, class: "whole", "data-partner": box, "stroke-opacity": 0.9, stroke: palette.accent })];
}

export function linePath(picture: Picture, line: Line): SVGPathElement {
  const paint = linePaint(picture, line);
  const tip = paint.thick ? "tip-lit" : line.row === "forward" ? "tip" : "tip-back";
  return svg("path", {
    d: pathOf(line), class: paint.faded ? "line faded" : "line", "data-from": line.from, "data-to": line.to, "data-row": line.row,
    stroke: paint.stroke, "stroke-width": paint.thick ? 2.6 : Math.min(3.2, 1.3 + 0.3 * Math.log2(line.tensors.length)),
    "stroke-opacity": paint.faded ? 0.35 : 1, "stroke-dasharray": paint.dashed ? "2 4" : undefined,
    [line.row === "forward" ? "marker-end" : "marker-start"]: `url(#${tip})`,
  });
}

export function numberText(picture: Picture, label: Label): SVGTextElement {
  const { palette } = picture;
  const gone = label.text === "no path";
  const colour = label.kind === "value" ? palette.value : gone ? palette.muted : palette.gradient;
  return svg("text", {
    x: label.x, y: label.y + 12, "font-size": 12.5, "font-weight": 500, fill: colour, class: `number ${label.kind}`,
    "font-style": gone ? "italic" : undefined,
  }, labelText(picture, label));
}

export function boxGroup(picture: Picture, box: Box, measure: Measure): SVGGElement {
  const { palette } = picture;
  const { width, height, look, row } = box;
  const [x, y] = [0, 0];
  const paint = boxPaint(picture, box);
  const rx = look === "gate" ? 10 : look === "call" ? 7 : height / 2;
  const shape = { x, y, width, height, rx };
  const middle = x + width / 2 + (look === "call" ? SIGN / 2 : 0);
  const halo = paint.hatched ? { stroke: paint.fill, "stroke-width": 5, "stroke-linejoin": "round", "paint-order": "stroke" } : {};
  const room = Math.min(TEXT_ROOM, width - 2 * SIDE) + 1;
  return svg("g", { class: `box ${look}${paint.faded ? " faded" : ""}`, "data-box": box.box, "data-row": row, transform: placeOf(box) },
    look === "call" ? svg("rect", { ...shape, x: x + 3, y: y + 3, fill: palette.surface, stroke: palette.line }) : null,
    svg("rect", { ...shape, class: "body", fill: paint.fill, stroke: paint.stroke, "stroke-width": paint.thick ? 2.4 : 1.2, "stroke-dasharray": paint.hatched ? "4 3" : undefined }),
    paint.hatched ? svg("rect", { ...shape, fill: "url(#hatch)" }) : null,
    look === "call" ? sign(x + 15, y + height / 2, palette.muted, false) : null,
    svg("text", { ...halo, x: middle, y: y + height / 2 - 3, "text-anchor": "middle", "font-size": 14, "font-weight": 600, fill: palette.ink }, cut(box.title, "title", room, measure)),
    svg("text", { ...halo, x: middle, y: y + height / 2 + 14, "text-anchor": "middle", "font-size": 11.5, fill: palette.muted }, cut(box.line, "line", room, measure)),
    svg("title", {}, `${box.title}\n${box.line}`));
}

/** Boxes are drawn at the origin and put in their place, so that a box that moves stays the same element. */
export function placeOf({ x, y }: { x: number; y: number }): string {
  return `translate(${x} ${y})`;
}
