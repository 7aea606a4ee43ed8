/** Lines on a canvas: only pieces that are seen, each once, all of one look in one stroke. */
import { linePaint, type LinePaint, type Picture } from "./paint";
import type { Line, Rect, Scene } from "./scene";

interface Batch {
  paint: LinePaint;
  path: Path2D;
  tips: Path2D;
  drawn: Set<string>;
}

/** Length of the tip of an arrow. */
const TIP = 7;

const extents = new WeakMap<Scene, Rect[]>();

export function paintLines(context: CanvasRenderingContext2D, picture: Picture, seen: Rect): void {
  const { scene } = picture.built;
  const batches = new Map<string, Batch>();
  extentsOf(scene).forEach((extent, i) => {
    if (meet(extent, seen)) add(batchOf(batches, linePaint(picture, scene.lines[i])), scene.lines[i], seen);
  });
  for (const { paint, path, tips } of batches.values()) {
    context.fillStyle = paint.stroke;
    context.strokeStyle = paint.stroke;
    context.lineWidth = paint.thick ? 2.6 : 1.3;
    context.globalAlpha = paint.faded ? 0.35 : 1;
    context.setLineDash(paint.dashed ? [2, 4] : []);
    context.stroke(path);
    context.fill(tips);
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

export function meet(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && a.x + a.width > b.x && a.y < b.y + b.height && a.y + a.height > b.y;
}

function batchOf(batches: Map<string, Batch>, paint: LinePaint): Batch {
  const key = Object.values(paint).join(" ");
  let batch = batches.get(key);
  if (!batch) batches.set(key, (batch = { paint, path: new Path2D(), tips: new Path2D(), drawn: new Set() }));
  return batch;
}

/** Lines of one source share pieces of their way; each is drawn once. */
function add({ path, tips, drawn }: Batch, { stations, row }: Line, seen: Rect): void {
  const [first, last] = [stations[0], stations[stations.length - 1]];
  if (row === "forward") tip(tips, last.x1, last.y, -TIP);
  else tip(tips, first.x0, first.y, TIP);
  stations.forEach(({ x0, x1, y, apart }, i) => {
    const before = apart ? undefined : stations[i - 1];
    if (before && meet(around(before.x1, before.y, x0, y), seen) && isNew(drawn, before.x1, before.y, x0, y)) curve(path, before.x1, before.y, x0, y);
    const [left, right] = [Math.max(Math.min(x0, x1), seen.x), Math.min(Math.max(x0, x1), seen.x + seen.width)];
    if (left < right && y > seen.y && y < seen.y + seen.height && isNew(drawn, left, y, right, y)) {
      path.moveTo(left, y);
      path.lineTo(right, y);
    }
  });
}

function tip(tips: Path2D, x: number, y: number, back: number): void {
  tips.moveTo(x, y);
  tips.lineTo(x + back, y - TIP / 2.2);
  tips.lineTo(x + back, y + TIP / 2.2);
}

function curve(path: Path2D, x0: number, y0: number, x1: number, y1: number): void {
  const middle = (x0 + x1) / 2;
  path.moveTo(x0, y0);
  if (Math.abs(y1 - y0) < 0.5) path.lineTo(x1, y1);
  else path.bezierCurveTo(middle, y0, middle, y1, x1, y1);
}

function isNew(drawn: Set<string>, ...ends: number[]): boolean {
  const key = ends.map(Math.round).join(" ");
  if (drawn.has(key)) return false;
  drawn.add(key);
  return true;
}

function around(x0: number, y0: number, x1: number, y1: number): Rect {
  return { x: Math.min(x0, x1) - 1, y: Math.min(y0, y1) - 1, width: Math.abs(x1 - x0) + 2, height: Math.abs(y1 - y0) + 2 };
}

function extentsOf(scene: Scene): Rect[] {
  let found = extents.get(scene);
  if (!found) extents.set(scene, (found = scene.lines.map(extentOf)));
  return found;
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
