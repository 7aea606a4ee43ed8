/** A scan, the loop over a sequence: the formulas of one step, and its states over the steps. */
import { sizeOf, tensorOf } from "../../dense";
import type { ScanDetail, TensorData } from "../../document";
import { element } from "../../dom";
import { elementsOf } from "../../tensors";
import { figure, type Tone } from "../figures";
import type { HiddenIn } from "../hidden";
import { formula } from "../mathml";
import { upstreamOf, valueOf } from "../readings";
import { scrolling } from "../scrolling";
import { titled, type Section } from "../section";

export function scanSection(node: number, hiddenIn: HiddenIn): Section {
  return titled("One step of the loop", (state) => {
    const scan = state.details[node]?.scan;
    if (!scan) return null;
    const hidden = hiddenIn(state);
    return [
      element("p", { class: "note" }, lead(scan)),
      ...scan.lines.map((each) => scrolling("formula", "Equation of a step", formula(each) ?? "")),
      hidden.value(node) ? null : parts(scan, valueOf(state, node), "value", "Over the steps (rows):"),
      hidden.gradient(node) ? null : parts(scan, upstreamOf(state, node), "gradient", "The gradients that arrive there:"),
    ];
  });
}

function lead({ steps, reverse }: ScanDetail): string {
  const order = reverse ? "from the last to the first" : "from the first to the last";
  return `It runs ${steps.toLocaleString("en")} steps, ${order}; a prime marks a state at the end of the step.`;
}

/** The parts of a flat tensor as arrays whose rows are steps; null if only a sample of it is there. */
function parts({ fields }: ScanDetail, tensor: TensorData | null, tone: Tone, title: string): HTMLElement | null {
  if (!tensor || tensor.kept || !fields.length) return null;
  const rows = fields.map((field) => element("li", {}, element("b", {}, `${field.name}: `), figure(partOf(tensor, field), tone)));
  return element("div", {}, element("p", { class: "note" }, title), element("ul", { class: "leaves" }, ...rows));
}

/** One part; axes after the first become one, so that a row is a step. */
function partOf(tensor: TensorData, { start, shape }: ScanDetail["fields"][number]): TensorData {
  const size = sizeOf(shape);
  const values = elementsOf(tensor).slice(start, start + size);
  const rows = shape.length > 1 ? [shape[0], size / Math.max(shape[0], 1)] : shape;
  return tensorOf({ shape: rows, dtype: tensor.dtype, values });
}
