/** Sliders for the axes before the last two: which plane of the tensor is shown. */
import type { TensorData } from "../../document";
import { element } from "../../dom";
import { keptPositions } from "./plane";

export function slices(tensor: TensorData, slice: readonly number[], changed: (slice: number[]) => void): HTMLElement {
  const positions = keptPositions(tensor).slice(0, -2);
  const sliders = positions.map((kept, axis) => {
    const text = element("output", {}, placed(kept, slice[axis], tensor.shape[axis]));
    const input = element("input", {
      type: "range", min: 0, max: kept.length - 1, step: 1, value: slice[axis], "aria-label": `Position along axis ${axis}`,
      "aria-valuetext": placed(kept, slice[axis], tensor.shape[axis]),
      oninput: () => {
        const at = Number(input.value);
        text.textContent = placed(kept, at, tensor.shape[axis]);
        input.setAttribute("aria-valuetext", text.textContent);
        slice = slice.map((each, i) => (i === axis ? at : each));
        changed([...slice]);
      },
    });
    return element("label", { class: "slice" }, element("span", {}, `axis ${axis}`), input, text);
  });
  return element("div", { class: "slices" }, ...sliders);
}

function placed(kept: readonly number[], at: number, extent: number): string {
  return `${kept[at]} of 0 to ${extent - 1}`;
}
