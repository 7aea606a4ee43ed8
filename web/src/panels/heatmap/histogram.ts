/** The distribution of the finite elements, in intervals of equal width. */
import type { TensorData } from "../../document";
import { svg } from "../../dom";
import { countText, numberText, statisticsOf } from "../../tensors";

const [WIDTH, HEIGHT, FOOT] = [320, 72, 16];

export function histogram(tensor: TensorData): SVGSVGElement {
  const { least, greatest, histogram: counts } = statisticsOf(tensor);
  const most = Math.max(...counts, 1);
  const width = WIDTH / counts.length;
  const bars = counts.map((count, i) => {
    const height = count ? Math.max((count / most) * (HEIGHT - FOOT), 1) : 0;
    const middle = least + ((i + 0.5) * (greatest - least)) / counts.length;
    const bar = svg("rect", { x: i * width + 0.5, y: HEIGHT - FOOT - height, width: width - 1, height, class: middle < 0 ? "bar-negative" : "bar-positive" });
    bar.append(svg("title", {}, `${count} elements around ${numberText(middle)}`));
    return bar;
  });
  const label = `Histogram: from ${numberText(least)} to ${numberText(greatest)}, the fullest interval has ${countText(most)} elements`;
  return svg(
    "svg",
    { class: "histogram", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    ...bars,
    svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT, class: "axis" }),
    ...zero(least, greatest),
    svg("text", { x: 0, y: HEIGHT - 3 }, numberText(least)),
    svg("text", { x: WIDTH, y: HEIGHT - 3, "text-anchor": "end" }, numberText(greatest)),
  );
}

/** The place of zero, if it lies well inside. */
function zero(least: number, greatest: number): SVGElement[] {
  const share = -least / (greatest - least);
  if (!(share > 0.12 && share < 0.88)) return [];
  const x = share * WIDTH;
  return [
    svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT - FOOT, class: "zero-line" }),
    svg("text", { x, y: HEIGHT - 3, "text-anchor": "middle" }, "0"),
  ];
}
