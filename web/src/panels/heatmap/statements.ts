/** Sentences about a tensor: what it holds, what is not finite and where, and that it is a sample. */
import { indexOf, sizeOf } from "../../dense";
import type { TensorData } from "../../document";
import { elementsOf, numberText, shapeText, statisticsOf } from "../../tensors";
import { extentText, share } from "../figures";
import { keptPositions } from "./plane";

export function summary(tensor: TensorData): string {
  const { least, greatest, mean, norm, zeros, count } = statisticsOf(tensor);
  if (count === 0) return `${shapeText(tensor.shape)}, no elements`;
  const range = `from ${numberText(least)} to ${numberText(greatest)}, mean ${numberText(mean)}, norm ${numberText(norm)}`;
  return `${extentText(tensor.shape)}, ${range}, ${share(zeros, count)} zeros`;
}

/** How many elements are NaN or infinite, and where the first of them stands. */
export function marksOf(tensor: TensorData): string[] {
  const { nans, infinities, firstNan, firstInfinite } = statisticsOf(tensor);
  return [
    ...(nans ? [marked(tensor, nans, "NaN", Number.isNaN, firstNan)] : []),
    ...(infinities ? [marked(tensor, infinities, "infinite", (each) => Math.abs(each) === Infinity, firstInfinite)] : []),
  ];
}

function marked(tensor: TensorData, found: number, what: string, is: (value: number) => boolean, known: number[] | undefined): string {
  const { count } = statisticsOf(tensor);
  const text = `${found.toLocaleString("en")} of ${count.toLocaleString("en")} elements ${found === 1 ? "is" : "are"} ${what}`;
  const first = known ?? firstOf(tensor, is);
  if (!first) return `${text}; none of them is in the sample.`;
  return `${text}, the first${tensor.kept && !known ? " of the sample" : ""} at [${first.join(", ")}].`;
}

/** The index of the first such element among those that are there. */
function firstOf(tensor: TensorData, is: (value: number) => boolean): number[] | null {
  const first = elementsOf(tensor).findIndex(is);
  const positions = keptPositions(tensor);
  return first < 0 ? null : indexOf(first, positions.map((each) => each.length)).map((each, axis) => positions[axis][each]);
}

/** Which axes of the tensor are rows and columns. */
export function axesText({ shape }: TensorData): string {
  if (shape.length < 2) return "Point at an element, or read them with the arrow keys.";
  return `Rows are axis ${shape.length - 2}, columns axis ${shape.length - 1}.`;
}

/** That the heatmap shows a part; null if it shows everything. */
export function sampleText(tensor: TensorData): string | null {
  if (!tensor.kept) return null;
  const [kept, count] = [elementsOf(tensor).length, sizeOf(tensor.shape)];
  return (
    `A sample: ${kept.toLocaleString("en")} of ${count.toLocaleString("en")} elements, on a regular grid. ` +
    `The numbers below are of ${tensor.statistics ? "all elements" : "the sample"}.`
  );
}
