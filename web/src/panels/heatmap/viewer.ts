/** One tensor in full: heatmap with its scale, the value under the pointer, sliders for further axes, histogram. */
import { positionOf } from "../../dense";
import type { TensorData } from "../../document";
import { element } from "../../dom";
import { elementsOf, shapeText, statisticsOf } from "../../tensors";
import { elementText } from "../figures";
import { scaleFor } from "./colours";
import { histogram } from "./histogram";
import { legend } from "./legend";
import { layoutFor, paint, type Layout } from "./paint";
import { keptPositions, planeOf, type Plane } from "./plane";
import { slices } from "./slices";
import { axesText, marksOf, sampleText, summary } from "./statements";
import { largestSize } from "./thumbnail";

interface Cell {
  row: number;
  column: number;
}

const LARGEST_CELL = 34;
const STEPS: Record<string, readonly [number, number]> = {
  ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0],
};

export class TensorViewer {
  readonly host = element("div", { class: "tensor-viewer" });
  private readonly canvas: HTMLCanvasElement;
  private readonly frame: HTMLElement;
  private readonly cursor = element("div", { class: "heat-cursor", hidden: true });
  private readonly reading = element("output", { class: "reading idle", "aria-live": "polite" });
  private readonly around = { above: element("div"), below: element("div") };
  private tensor: TensorData | null = null;
  private plane: Plane | null = null;
  private layout: Layout = { width: 1, height: 1 };
  private slice: number[] = [];
  private place: Cell = { row: 0, column: 0 };

  /** `pick` is called with the index of an element that is clicked, or chosen with Enter. */
  constructor(private readonly height: number, private readonly pick: ((index: number[]) => void) | null = null) {
    this.canvas = element("canvas", {
      class: "heatmap", tabindex: 0, role: "application", "aria-roledescription": "heatmap",
      onpointermove: (event: PointerEvent) => this.point(event),
      onpointerleave: () => this.read(null),
      onclick: (event: MouseEvent) => this.choose(this.under(event)),
      onkeydown: (event: KeyboardEvent) => this.key(event),
      onfocus: () => this.read(this.place),
      onblur: () => this.read(null),
    });
    this.frame = element("div", { class: "heat-frame" }, this.canvas, this.cursor);
    this.host.append(this.around.above, this.frame, this.reading, this.around.below);
  }

  /** Show a tensor; the plane and the place stay if its shape is that of the one before. */
  show(tensor: TensorData, name: string): void {
    const same = this.tensor !== null && shapeText(this.tensor.shape) === shapeText(tensor.shape) && this.tensor.kept?.length === tensor.kept?.length;
    this.tensor = tensor;
    if (!same) {
      this.slice = tensor.shape.slice(0, -2).map(() => 0);
      this.place = { row: 0, column: 0 };
      this.around.above.replaceChildren(...(this.slice.length ? [slices(tensor, this.slice, (slice) => this.cut(slice))] : []));
    }
    this.canvas.setAttribute("aria-label", `${name}: ${summary(tensor)}. Arrow keys read elements${this.pick ? ", Enter edits one" : ""}.`);
    this.draw();
    this.around.below.replaceChildren(...this.statements(tensor));
    this.read(document.activeElement === this.canvas ? this.place : null);
  }

  private statements(tensor: TensorData): HTMLElement[] {
    const { nans, infinities, count } = statisticsOf(tensor);
    const sample = sampleText(tensor);
    const lines = [...marksOf(tensor), ...(sample ? [sample] : [])];
    return [
      legend(largestSize(tensor) || 1, nans > 0, infinities > 0),
      ...lines.map((each) => element("p", { class: each === sample ? "note" : "warning" }, each)),
      element("figure", { class: "distribution", hidden: count < 2 }, histogram(tensor) as unknown as HTMLElement, element("figcaption", {}, summary(tensor))),
    ];
  }

  private cut(slice: number[]): void {
    this.slice = slice;
    this.draw();
  }

  private draw(): void {
    const tensor = this.tensor!;
    this.plane = planeOf(tensor, this.slice);
    const width = Math.max(this.host.clientWidth || 340, 200);
    this.layout = layoutFor(this.plane, width, this.height, LARGEST_CELL);
    const written = (value: number): string => elementText(value, tensor.dtype, 3);
    paint(this.canvas, this.plane, this.layout, scaleFor(largestSize(tensor)), written);
    this.place = { row: Math.min(this.place.row, this.plane.rows - 1), column: Math.min(this.place.column, this.plane.columns - 1) };
  }

  private under(event: MouseEvent): Cell | null {
    const box = this.canvas.getBoundingClientRect();
    const cell = {
      row: Math.floor((event.clientY - box.top) / this.layout.height),
      column: Math.floor((event.clientX - box.left) / this.layout.width),
    };
    return this.has(cell) ? cell : null;
  }

  private has({ row, column }: Cell): boolean {
    const plane = this.plane!;
    return row >= 0 && column >= 0 && row < plane.rows && column < plane.columns && plane.at(row, column) !== null;
  }

  private point(event: PointerEvent): void {
    this.read(this.under(event));
  }

  private key(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation();
    if (!step) return this.choose(this.place);
    const next = { row: this.place.row + step[0], column: this.place.column + step[1] };
    if (this.has(next)) this.place = next;
    this.read(this.place);
  }

  private choose(cell: Cell | null): void {
    if (!cell) return;
    this.place = cell;
    this.read(cell);
    this.pick?.(this.plane!.index(cell.row, cell.column));
  }

  /** Say the element of a cell, and frame it. */
  private read(cell: Cell | null): void {
    this.cursor.hidden = cell === null;
    if (!cell || !this.tensor) {
      this.reading.textContent = this.tensor ? axesText(this.tensor) : "";
      this.reading.classList.add("idle");
      return;
    }
    this.reading.classList.remove("idle");
    const index = this.plane!.index(cell.row, cell.column);
    const value = this.plane!.at(cell.row, cell.column)!;
    this.reading.textContent = `[${index.join(", ")}] = ${elementText(value, this.tensor.dtype, 7)}`;
    Object.assign(this.cursor.style, {
      left: `${this.canvas.offsetLeft + cell.column * this.layout.width - 1}px`,
      top: `${this.canvas.offsetTop + cell.row * this.layout.height - 1}px`,
      width: `${this.layout.width + 1}px`,
      height: `${this.layout.height + 1}px`,
    });
  }
}

/** The element at an index of the whole tensor; null if it was not kept. */
export function elementAt(tensor: TensorData, index: readonly number[]): number | null {
  const positions = keptPositions(tensor);
  const at = index.map((each, axis) => positions[axis].indexOf(each));
  if (at.includes(-1)) return null;
  return elementsOf(tensor)[positionOf(at, positions.map((each) => each.length))];
}
