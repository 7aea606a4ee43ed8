/** Draws a plane on a canvas, one rectangle per element. */
import { colourOf, css, isLight, type Scale } from "./colours";
import type { Plane } from "./plane";

export interface Layout {
  /** The size of a cell in CSS pixels. */
  readonly width: number;
  readonly height: number;
}

/** The text of an element, for cells that have room for it. */
export type Written = (value: number) => string;

const LEAST_WIDTH_FOR_TEXT = 46;
const LEAST_HEIGHT_FOR_TEXT = 18;
const LEAST_FOR_LINES = 7;
const LEAST_HEIGHT = 8;

/** Cells as large as fit into a width and height; at least a pixel, at most a readable square. */
export function layoutFor(plane: Plane, width: number, height: number, largest: number): Layout {
  const size = Math.min(width / Math.max(plane.columns, 1), height / Math.max(plane.rows, 1), largest);
  const whole = size >= 1 ? Math.floor(size) : 1;
  const high = Math.max(whole, Math.floor(Math.min(LEAST_HEIGHT, height / Math.max(plane.rows, 1))));
  const wide = Math.min(width / Math.max(plane.columns, 1), LEAST_WIDTH_FOR_TEXT + 8);
  return plane.columns <= 12 && whole >= LEAST_HEIGHT_FOR_TEXT ? { width: Math.max(whole, Math.floor(wide)), height: whole } : { width: whole, height: high };
}

export function paint(canvas: HTMLCanvasElement, plane: Plane, layout: Layout, scale: Scale, written: Written | null): void {
  const pixels = window.devicePixelRatio || 1;
  const [width, height] = [plane.columns * layout.width, plane.rows * layout.height];
  canvas.width = Math.max(1, Math.round(width * pixels));
  canvas.height = Math.max(1, Math.round(height * pixels));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  context.setTransform(pixels, 0, 0, pixels, 0, 0);
  const gap = Math.min(layout.width, layout.height) >= LEAST_FOR_LINES ? 1 : 0;
  for (let row = 0; row < plane.rows; row++) {
    for (let column = 0; column < plane.columns; column++) {
      const value = plane.at(row, column);
      if (value !== null) paintCell(context, value, [column * layout.width, row * layout.height], layout, gap, scale, written);
    }
  }
}

type Context = CanvasRenderingContext2D;

function paintCell(context: Context, value: number, [x, y]: [number, number], layout: Layout, gap: number, scale: Scale, written: Written | null): void {
  const colour = colourOf(value, scale);
  const [width, height] = [layout.width - gap, layout.height - gap];
  context.fillStyle = css(colour);
  context.fillRect(x, y, width, height);
  if (!Number.isFinite(value) && gap) mark(context, value, x, y, width, height, isLight(colour));
  else if (written && layout.width >= LEAST_WIDTH_FOR_TEXT && layout.height >= LEAST_HEIGHT_FOR_TEXT) {
    context.fillStyle = isLight(colour) ? "#10151d" : "#ffffff";
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(written(value), x + width / 2, y + height / 2, width - 4);
  }
}

/** A cross for NaN; an arrow up or down for an infinity. */
function mark(context: Context, value: number, x: number, y: number, width: number, height: number, onLight: boolean): void {
  const [left, right, top, bottom] = [x + width * 0.25, x + width * 0.75, y + height * 0.25, y + height * 0.75];
  const middle = x + width / 2;
  const [tip, foot] = value > 0 ? [top, bottom] : [bottom, top];
  const strokes = Number.isNaN(value)
    ? [[left, top, right, bottom], [left, bottom, right, top]]
    : [[middle, foot, middle, tip], [left, (top + bottom) / 2, middle, tip], [right, (top + bottom) / 2, middle, tip]];
  context.strokeStyle = onLight ? "#10151d" : "#ffffff";
  context.lineWidth = 1.5;
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of strokes) {
    context.moveTo(fromX, fromY);
    context.lineTo(toX, toY);
  }
  context.stroke();
}
