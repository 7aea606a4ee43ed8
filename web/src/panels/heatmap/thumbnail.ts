/** A heatmap of a few millimetres, without numbers. */
import type { TensorData } from "../../document";
import { element } from "../../dom";
import { shapeText, statisticsOf } from "../../tensors";
import { scaleFor } from "./colours";
import { layoutFor, paint } from "./paint";
import { planeOf } from "./plane";

const [WIDTH, HEIGHT, LARGEST_CELL] = [84, 40, 12];

export function thumbnail(tensor: TensorData): HTMLCanvasElement {
  const canvas = element("canvas", { class: "thumbnail", role: "img", "aria-label": `Heatmap of ${shapeText(tensor.shape)}` });
  const plane = planeOf(tensor, tensor.shape.slice(0, -2).map(() => 0));
  const layout = layoutFor(plane, WIDTH, HEIGHT, LARGEST_CELL);
  paint(canvas, plane, layout, scaleFor(largestSize(tensor)), null);
  const [width, height] = [plane.columns * layout.width, plane.rows * layout.height];
  const shrunk = Math.min(1, WIDTH / width, HEIGHT / height);
  canvas.style.width = `${Math.max(width * shrunk, 3)}px`;
  canvas.style.height = `${Math.max(height * shrunk, 3)}px`;
  return canvas;
}

/** The largest size among the finite elements of a tensor. */
export function largestSize(tensor: TensorData): number {
  const { least, greatest } = statisticsOf(tensor);
  return Math.max(Math.abs(least), Math.abs(greatest));
}
