/** The scene on a canvas, for more boxes than SVG can move: only what is seen is drawn, and text only where it can be read. */
import type { Place } from "./camera";
import { FRAME_BAR } from "./mirror";
import { meet, paintLines } from "./canvasLines";
import { boxPaint, type Picture } from "./paint";
import type { Box, Frame, Rect } from "./scene";
import { SIDE, SIGN, TEXT_ROOM } from "./sizes";
import { cut, FONTS, type Measure } from "./text";

const READABLE = 0.45;

export interface Marked {
  selected: (box: Box) => boolean;
}

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
  paintLines(context, picture, seen);
  for (const box of boxes) if (meet(box, seen)) paintBox(context, picture, box, place.scale, measure, marked.selected(box));
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
