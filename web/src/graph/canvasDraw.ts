/** The scene on a canvas, for more boxes than SVG can move: only what is seen is drawn, and text only where it can be read. */
import type { Place } from "./camera";
import { FRAME_BAR } from "./mirror";
import { boxPaint, linePaint, type Picture } from "./paint";
import { pathOf, type Box, type Frame, type Line, type Rect } from "./scene";
import { SIDE, SIGN, TEXT_ROOM } from "./sizes";
import { cut, FONTS, type Measure } from "./text";

const READABLE = 0.45;

export interface Marked {
  selected: (box: Box) => boolean;
}

interface Drawn {
  line: Line;
  path: Path2D;
  extent: Rect;
}

const paths = new WeakMap<object, Drawn[]>();

export function paintCanvas(canvas: HTMLCanvasElement, picture: Picture, place: Place, measure: Measure, marked: Marked): void {
  const context = canvas.getContext("2d")!;
  const ratio = devicePixelRatio;
  const { clientWidth, clientHeight } = canvas;
  if (canvas.width !== Math.round(clientWidth * ratio)) canvas.width = Math.round(clientWidth * ratio);
  if (canvas.height !== Math.round(clientHeight * ratio)) canvas.height = Math.round(clientHeight * ratio);
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio * place.scale, 0, 0, ratio * place.scale, ratio * place.x, ratio * place.y);
  const seen = { x: -place.x / place.scale, y: -place.y / place.scale, width: clientWidth / place.scale, height: clientHeight / place.scale };
  const { frames, boxes } = picture.built.scene;
  for (const frame of frames) if (meet(frame, seen)) paintFrame(context, picture, frame, place.scale);
  for (const { line, path, extent } of linesOf(picture)) if (meet(extent, seen)) paintLine(context, picture, line, path);
  for (const box of boxes) if (meet(box, seen)) paintBox(context, picture, box, place.scale, measure, marked.selected(box));
}

export function meet(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

function linesOf({ built: { scene } }: Picture): Drawn[] {
  let drawn = paths.get(scene);
  if (!drawn) paths.set(scene, (drawn = scene.lines.map((line) => ({ line, path: new Path2D(pathOf(line)), extent: extentOf(line) }))));
  return drawn;
}

function extentOf({ stations }: Line): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x0, x1, y } of stations) {
    left = Math.min(left, x0, x1);
    right = Math.max(right, x0, x1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left - 1, y: top - 1, width: right - left + 2, height: bottom - top + 2 };
}

function paintFrame(context: CanvasRenderingContext2D, { palette }: Picture, frame: Frame, scale: number): void {
  const { x, y, width, height, row, title } = frame;
  context.beginPath();
  context.roundRect(x, y, width, height, 12);
  context.fillStyle = palette.frame;
  context.fill();
  context.strokeStyle = palette["frame-line"];
  context.lineWidth = 1;
  context.stroke();
  if (scale < READABLE) return;
  const middle = row === "forward" ? y + FRAME_BAR / 2 : y + height - FRAME_BAR / 2;
  context.fillStyle = palette.muted;
  context.fillRect(x + 11.5, middle - 0.9, 9, 1.8);
  write(context, FONTS.title, palette.ink, "left", row === "forward" ? title : `∂ ${title}`, x + 28, middle + 4.5);
}

function paintLine(context: CanvasRenderingContext2D, picture: Picture, line: Line, path: Path2D): void {
  const paint = linePaint(picture, line);
  context.strokeStyle = paint.stroke;
  context.lineWidth = paint.thick ? 2.6 : 1.3;
  context.globalAlpha = paint.faded ? 0.35 : 1;
  context.setLineDash(paint.dashed ? [2, 4] : []);
  context.stroke(path);
  context.globalAlpha = 1;
  context.setLineDash([]);
}

function paintBox(context: CanvasRenderingContext2D, picture: Picture, box: Box, scale: number, measure: Measure, selected: boolean): void {
  const { palette } = picture;
  const paint = boxPaint(picture, box);
  const { x, y, width, height, look } = box;
  context.globalAlpha = paint.faded ? 0.4 : 1;
  context.beginPath();
  context.roundRect(x, y, width, height, look === "gate" ? 10 : look === "call" ? 7 : height / 2);
  context.fillStyle = paint.fill;
  context.fill();
  context.lineWidth = selected ? 4 : paint.thick ? 2.4 : 1.2;
  context.strokeStyle = selected ? palette.accent : paint.stroke;
  context.setLineDash(paint.hatched ? [4, 3] : []);
  context.stroke();
  context.setLineDash([]);
  if (scale >= READABLE) paintText(context, picture, box, measure, paint.hatched ? paint.fill : "");
  context.globalAlpha = 1;
}

function paintText(context: CanvasRenderingContext2D, { palette }: Picture, { x, y, width, height, look, title, line }: Box, measure: Measure, hatched: string): void {
  const middle = x + width / 2 + (look === "call" ? SIGN / 2 : 0);
  const room = Math.min(TEXT_ROOM, width - 2 * SIDE) + 1;
  if (hatched) hatch(context, palette.muted, { x, y, width, height });
  if (look === "call") {
    context.fillStyle = palette.muted;
    context.fillRect(x + 10.5, y + height / 2 - 0.9, 9, 1.8);
    context.fillRect(x + 14.1, y + height / 2 - 4.5, 1.8, 9);
  }
  write(context, FONTS.title, palette.ink, "center", cut(title, "title", room, measure), middle, y + height / 2 - 3, hatched);
  write(context, FONTS.line, palette.muted, "center", cut(line, "line", room, measure), middle, y + height / 2 + 14, hatched);
}

function hatch(context: CanvasRenderingContext2D, colour: string, { x, y, width, height }: Rect): void {
  context.save();
  context.clip();
  context.beginPath();
  for (let at = -height; at < width; at += 9) {
    context.moveTo(x + at, y + height);
    context.lineTo(x + at + height, y);
  }
  context.strokeStyle = colour;
  context.globalAlpha = 0.4;
  context.lineWidth = 1.6;
  context.stroke();
  context.restore();
}

function write(context: CanvasRenderingContext2D, font: string, colour: string, align: CanvasTextAlign, text: string, x: number, y: number, halo = ""): void {
  context.font = font;
  context.textAlign = align;
  if (halo) {
    context.strokeStyle = halo;
    context.lineWidth = 5;
    context.lineJoin = "round";
    context.strokeText(text, x, y);
  }
  context.fillStyle = colour;
  context.fillText(text, x, y);
}
