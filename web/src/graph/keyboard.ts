/** The graph by keyboard: arrows along links, Enter opens and folds, Escape steps out. */
import { callOf, frameOf } from "./hierarchy";
import type { Picture } from "./paint";
import type { GraphScreen } from "./screen";
import type { Box } from "./scene";

export function listen(screen: GraphScreen): void {
  screen.tree.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !screen.current) return;
    const action = ACTIONS[event.key];
    if (!action) return;
    event.preventDefault();
    action(screen, screen.current);
  });
}

const ACTIONS: Record<string, (screen: GraphScreen, picture: Picture) => void> = {
  ArrowRight: (screen, picture) => along(screen, picture, "to"),
  ArrowLeft: (screen, picture) => along(screen, picture, "from"),
  ArrowDown: (screen, picture) => beside(screen, picture, 1),
  ArrowUp: (screen, picture) => beside(screen, picture, -1),
  Home: (screen, picture) => screen.select(picture.walk.order[0]),
  End: (screen, picture) => screen.select(picture.walk.order[picture.walk.order.length - 1]),
  Enter: (screen) => screen.selected !== null && screen.toggle(screen.selected),
  Escape: (screen) => stepOut(screen),
  "+": (screen) => screen.camera.zoom(1.25),
  "-": (screen) => screen.camera.zoom(0.8),
  f: (screen) => screen.fit(),
};

/** To the nearest box at the other end of a link; an open call is entered at its first box. */
function along(screen: GraphScreen, picture: Picture, end: "to" | "from"): void {
  const at = screen.selected;
  if (at === null) return screen.select(picture.walk.order[0]);
  const start = rectOf(picture, at);
  if (!start) return enter(screen, picture, at);
  const ends = picture.built.scene.lines.filter((line) => line[end === "to" ? "from" : "to"] === at).map((line) => line[end]);
  const boxes = [...new Set(ends)].map((box) => rectOf(picture, box)).filter((box) => box !== undefined);
  boxes.sort((a, b) => distance(a, start) - distance(b, start));
  if (boxes[0]) screen.select(boxes[0].box);
}

function enter(screen: GraphScreen, { h, walk }: Picture, frame: number): void {
  const call = callOf(h, frame);
  const inside = walk.order.find((box) => frameOf(h, box) === call);
  if (inside !== undefined) screen.select(inside);
}

/** To the next box above or below, the nearest in a slanted sense. */
function beside(screen: GraphScreen, picture: Picture, direction: number): void {
  const at = screen.selected;
  const start = at === null ? undefined : rectOf(picture, at);
  if (!start) return screen.select(picture.walk.order[0]);
  const found = rows(picture).filter((box) => direction * (box.y - start.y) > 4);
  found.sort((a, b) => slanted(a, start) - slanted(b, start));
  if (found[0]) screen.select(found[0].box);
}

function stepOut(screen: GraphScreen): void {
  const { step, selection } = screen.store.state;
  const { h } = screen.current!;
  if (step !== null) return screen.store.set({ step: null });
  if (!selection) return;
  const frame = frameOf(h, screen.selected!);
  screen.store.set({ selection: frame > 0 ? { call: frame } : null });
}

function rows({ built: { scene }, state }: Picture): Box[] {
  return scene.boxes.filter((box) => box.row === (state.view === "backward" ? "backward" : "forward"));
}

function rectOf(picture: Picture, box: number): Box | undefined {
  return rows(picture).find((each) => each.box === box);
}

function distance(a: Box, b: Box): number {
  return Math.abs(a.y + a.height / 2 - b.y - b.height / 2) + 0.01 * Math.abs(a.x - b.x);
}

function slanted(a: Box, b: Box): number {
  return Math.abs(a.y - b.y) + 2 * Math.abs(a.x + a.width / 2 - b.x - b.width / 2);
}
