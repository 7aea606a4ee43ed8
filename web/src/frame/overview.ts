/** A small map of a graph that does not fit: where the view is, and a press goes there. */
import { element } from "../dom";
import type { GraphScreen } from "../graph/screen";
import type { Rect } from "../graph/scene";

const WIDTH = 200;
const HEIGHT = 120;
const ENOUGH = 0.8;

export function overview(screen: GraphScreen): HTMLElement {
  const canvas = element("canvas", { class: "overview", "aria-hidden": "true", hidden: true });
  let asked = 0;
  const ask = () => {
    cancelAnimationFrame(asked);
    asked = requestAnimationFrame(() => draw(canvas, screen));
  };
  screen.onPicture(ask);
  screen.onMove(ask);
  const press = (event: PointerEvent) => {
    if (!event.buttons || !screen.current) return;
    const { left, top } = canvas.getBoundingClientRect();
    const { bounds } = screen.current.built.scene;
    const small = scaleOf(bounds);
    screen.camera.centre(bounds.x + (event.clientX - left) / small, bounds.y + (event.clientY - top) / small);
  };
  canvas.addEventListener("pointerdown", press);
  canvas.addEventListener("pointermove", press);
  return canvas;
}

function scaleOf(bounds: Rect): number {
  return Math.min(WIDTH / bounds.width, HEIGHT / bounds.height);
}

function draw(canvas: HTMLCanvasElement, screen: GraphScreen): void {
  const picture = screen.current;
  if (!picture) return;
  const { scene } = picture.built;
  const seen = screen.camera.seen();
  canvas.hidden = seenWell(scene.bounds, seen);
  if (canvas.hidden) return;
  const small = scaleOf(scene.bounds);
  const [width, height] = [scene.bounds.width * small, Math.max(12, scene.bounds.height * small)];
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d")!;
  const ratio = devicePixelRatio * small;
  context.setTransform(ratio, 0, 0, ratio, -scene.bounds.x * ratio, -scene.bounds.y * ratio);
  const least = 1.5 / small;
  context.fillStyle = picture.palette.line;
  for (const { x, y, width, height } of scene.frames) context.fillRect(x, y, width, height);
  for (const box of scene.boxes) {
    context.fillStyle = box.row === "forward" ? picture.palette.edge : picture.palette.gradient;
    context.fillRect(box.x, box.y, Math.max(least, box.width), Math.max(least, box.height));
  }
  context.strokeStyle = picture.palette.accent;
  context.lineWidth = 2 / small;
  context.strokeRect(seen.x, seen.y, seen.width, seen.height);
}

/** Whether most of the graph is seen, so that a map would only be in the way. */
function seenWell(all: Rect, seen: Rect): boolean {
  const share = (start: number, length: number, from: number, room: number) => (Math.min(start + length, from + room) - Math.max(start, from)) / length;
  return share(all.x, all.width, seen.x, seen.width) > ENOUGH && share(all.y, all.height, seen.y, seen.height) > ENOUGH;
}
