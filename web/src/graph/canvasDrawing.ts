/** The drawing of more than 500 boxes. */
import { element } from "../dom";
import type { Camera, Place } from "./camera";
import { paintCanvas } from "./canvasDraw";
import { meet } from "./canvasLines";
import type { Drawing, Hit } from "./drawing";
import { FRAME_BAR } from "./mirror";
import type { Picture } from "./paint";
import type { Measure } from "./text";

export class CanvasDrawing implements Drawing {
  readonly host = element("canvas", { class: "drawing", "aria-hidden": "true" });
  private picture: Picture | null = null;
  private place: Place = { x: 0, y: 0, scale: 1 };
  private marked: (number | null)[] = [];
  private asked = 0;

  constructor(private readonly measure: Measure, private readonly camera: () => Camera) {}

  show(picture: Picture): void {
    this.picture = picture;
    this.ask();
  }

  move(place: Place): void {
    this.place = place;
    this.ask();
  }

  mark(selected: number | null, pointed: number | null): void {
    this.marked = [selected, pointed];
    this.ask();
  }

  hit(event: PointerEvent | MouseEvent): Hit | null {
    if (!this.picture) return null;
    const { x, y } = this.camera().inGraph(event);
    const point = { x, y, width: 0.01, height: 0.01 };
    const { boxes, frames } = this.picture.built.scene;
    const box = boxes.find((each) => meet(each, point));
    if (box) return { box: box.box, row: box.row, sign: box.look === "call" && x < box.x + 26, frame: false };
    const bar = frames.find((each) => meet({ ...each, y: each.row === "forward" ? each.y : each.y + each.height - FRAME_BAR, height: FRAME_BAR }, point));
    return bar ? { box: this.picture.h.size + bar.call, row: bar.row, sign: x < bar.x + 26, frame: true } : null;
  }

  /** Once per frame of the screen at most. */
  private ask(): void {
    cancelAnimationFrame(this.asked);
    this.asked = requestAnimationFrame(() => {
      if (this.picture) paintCanvas(this.host, this.picture, this.place, this.measure, { selected: (box) => this.marked.includes(box.box) });
    });
  }
}
