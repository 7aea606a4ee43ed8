/** Tensors in a few words, and as small pictures beside formulas. */
import { isFloat, sizeOf } from "../dense";
import type { TensorData } from "../document";
import { element } from "../dom";
import { elementsOf, isScalar, numberText, shapeText, statisticsOf } from "../tensors";
import { thumbnail } from "./heatmap/thumbnail";

const FEW = 6;

/** An element as its dtype holds it. */
export function elementText(value: number, dtype: string, digits = 4): string {
  if (dtype === "bool") return value ? "True" : "False";
  return isFloat(dtype) ? numberText(value, digits) : String(value).replace("-", "−");
}

/** A number, the elements of a small array, or the shape, norm and share of zeros. */
export function figureText(tensor: TensorData): string {
  const { shape, dtype } = tensor;
  if (isScalar(tensor)) return elementText(elementsOf(tensor)[0], dtype);
  if (isSmall(tensor)) return nested(shape, [...elementsOf(tensor)].map((each) => elementText(each, dtype)));
  return [extentText(shape), ...measures(tensor)].join(", ");
}

/** A shape; of a vector the number of its elements, since one number alone could be a value. */
export function extentText(shape: number[]): string {
  return shape.length === 1 ? `${shape[0].toLocaleString("en")} ${shape[0] === 1 ? "element" : "elements"}` : shapeText(shape);
}

/** Norm, zeros, and what is not finite. */
export function measures(tensor: TensorData): string[] {
  if (!isFloat(tensor.dtype)) return [tensor.dtype];
  const { norm, zeros, count, nans, infinities } = statisticsOf(tensor);
  return [
    `norm ${numberText(norm)}`,
    zeros ? (zeros === count ? "all zeros" : `${share(zeros, count)} zeros`) : "",
    nans ? `${nans.toLocaleString("en")} NaN` : "",
    infinities ? `${infinities.toLocaleString("en")} infinite` : "",
  ].filter(Boolean);
}

export function isSmall({ shape, kept }: TensorData): boolean {
  return kept === null && shape.length <= 2 && sizeOf(shape) > 0 && sizeOf(shape) <= FEW;
}

/** A share in percent: 0 % and 100 % only for none and all. */
export function share(part: number, whole: number): string {
  if (part === 0 || part === whole) return part && whole ? "100\u00a0%" : "0\u00a0%";
  return `${Math.min(Math.max(Math.round((100 * part) / whole), 1), 99)}\u00a0%`;
}

function nested(shape: readonly number[], texts: readonly string[]): string {
  if (!shape.length) return texts[0];
  const part = texts.length / shape[0];
  const rows = Array.from({ length: shape[0] }, (_, i) => nested(shape.slice(1), texts.slice(i * part, (i + 1) * part)));
  return `[${rows.join(shape.length > 1 ? ", " : " ")}]`;
}

export type Tone = "value" | "gradient" | "plain";

/** A tensor in a cell: its number, or a small heatmap with its measures; hatched if there is none. */
export function figure(tensor: TensorData | null, tone: Tone, none = "no path"): HTMLElement {
  if (!tensor) return element("span", { class: "figure no-path" }, none);
  if (isScalar(tensor) || isSmall(tensor)) return element("span", { class: `figure ${tone}` }, figureText(tensor));
  return element(
    "span",
    { class: `figure ${tone} array` },
    thumbnail(tensor),
    element("span", { class: "measures" }, element("b", {}, extentText(tensor.shape)), " ", measures(tensor).join(", ")),
  );
}
