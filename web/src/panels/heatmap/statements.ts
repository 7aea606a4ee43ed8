/** Sentences about a tensor: what it holds, what is not finite and where, and that it is a sample. */
import { indexOf } from "../../dense";
import type { TensorData } from "../../document";
import { elementsOf, numberText, shapeText, statisticsOf } from "../../tensors";
import { share } from "../figures";
import { keptPositions } from "./plane";

export function summary(tensor: TensorData): string {
  const { least, greatest, mean, norm, zeros, count } = statisticsOf(tensor);
  if (count === 0) return `${shapeText(tensor.shape)}, no elements`;
  const range = `from ${numberText(least)} to ${numberText(greatest)}, mean ${numberText(mean)}, norm ${numberText(norm)}`;
  return `${shapeText(tensor.shape)}, ${range}, ${share(zeros, count)} zeros`;
}

/** How many elements are NaN or infinite, and where the first of them stands. */
export function marksOf(tensor: TensorData): string[] {
  const { nans, infinities, count } = statisticsOf(tensor);
  return [
    ...(nans ? [marked(tensor, nans, count, "NaN", Number.isNaN)] : []),
    ...(infinities ? [marked(tensor, infinities, count, "infinite", (each) => Math.abs(each) === Infinity)] : []),
  ];
}

function marked(tensor: TensorData, found: number, count: number, what: string, is: (value: number) => boolean): string {
  const verb = found === 1 ? "element is" : "elements are";
  const first = elementsOf(tensor).findIndex(is);
  const text = `${found.toLocaleString("en")} of ${count.toLocaleString("en")} ${verb} ${what}`;
  if (first < 0) return `${text}; none of them is in the sample.`;
  const positions = keptPositions(tensor);
  const at = indexOf(first, positions.map((each) => each.length)).map((each, axis) => positions[axis][each]);
  return `${text}; the first${tensor.kept ? " of the sample" : ""} at [${at.join(", ")}].`;
}

/** That the heatmap shows a part; null if it shows everything. */
export function sampleText(tensor: TensorData): string | null {
  if (!tensor.kept) return null;
  const { count } = statisticsOf(tensor);
  const kept = elementsOf(tensor).length;
  return (
    `A sample: ${kept.toLocaleString("en")} of ${count.toLocaleString("en")} elements, on a regular grid. ` +
    "The numbers below count all elements."
  );
}
