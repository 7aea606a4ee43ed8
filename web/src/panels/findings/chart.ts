/** A figure over steps as a line, with the place of a finding marked. */
import type { FigureSeries } from "../../document";
import { element, svg } from "../../dom";
import { numberText } from "../../tensors";

const [WIDTH, HEIGHT, LEFT, FOOT, TOP] = [360, 120, 60, 18, 8];
const SPREAD_FOR_LOGARITHM = 100;

interface Axis {
  readonly least: number;
  readonly greatest: number;
  readonly isLogarithmic: boolean;
}

/** The chart of one series; a logarithmic scale if all values are positive and far apart. */
export function chart(series: FigureSeries, marked: number | null): HTMLElement {
  const values = series.values.filter((each): each is number => each !== null && Number.isFinite(each));
  const name = `${seriesName(series)}${series.unit ? `, ${series.unit}` : ""}`;
  if (!values.length) return element("figure", { class: "chart" }, element("figcaption", {}, `${name}: no finite value`));
  const axis = axisOf(values);
  const label = `${name}, from ${numberText(values[0])} to ${numberText(values[values.length - 1])} over ${series.steps.length} steps, between ${numberText(axis.least)} and ${numberText(axis.greatest)}`;
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    ...grid(axis),
    ...markOf(series, marked),
    svg("path", { class: "curve", d: pathOf(series, axis) }),
    ...dots(series, axis),
    svg("text", { x: LEFT, y: HEIGHT - 4 }, `step ${series.steps[0]}`),
    svg("text", { x: WIDTH - 2, y: HEIGHT - 4, "text-anchor": "end" }, String(series.steps[series.steps.length - 1])),
  );
  const scale = axis.isLogarithmic ? element("small", {}, " (logarithmic)") : null;
  return element("figure", { class: "chart" }, element("figcaption", {}, name, scale), drawing as unknown as HTMLElement);
}

/** The name of a series with the path of its module. */
export function seriesName({ path, name }: FigureSeries): string {
  return path && !name.startsWith(path) ? `${path}: ${name}` : name;
}

function axisOf(values: readonly number[]): Axis {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const isLogarithmic = least > 0 && greatest / least > SPREAD_FOR_LOGARITHM;
  if (least !== greatest) return { least, greatest, isLogarithmic };
  const margin = Math.abs(least) || 1;
  return { least: least - margin, greatest: greatest + margin, isLogarithmic: false };
}

function heightOf(value: number, { least, greatest, isLogarithmic }: Axis): number {
  const of = isLogarithmic ? Math.log : (each: number): number => each;
  const share = (of(value) - of(least)) / (of(greatest) - of(least));
  return HEIGHT - FOOT - share * (HEIGHT - FOOT - TOP);
}

function placeOf(step: number, { steps }: FigureSeries): number {
  const [first, last] = [steps[0], steps[steps.length - 1]];
  return LEFT + ((step - first) / (last - first || 1)) * (WIDTH - LEFT - 4);
}

/** The curve; it breaks where there is no finite value. */
function pathOf(series: FigureSeries, axis: Axis): string {
  let isOpen = false;
  const parts = series.values.map((value, i) => {
    if (value === null || !Number.isFinite(value)) {
      isOpen = false;
      return "";
    }
    const part = `${isOpen ? "L" : "M"}${placeOf(series.steps[i], series).toFixed(1)} ${heightOf(value, axis).toFixed(1)}`;
    isOpen = true;
    return part;
  });
  return parts.join("");
}

const MOST_DOTS = 60;

function dots(series: FigureSeries, axis: Axis): SVGElement[] {
  if (series.steps.length > MOST_DOTS) return [];
  return series.values.flatMap((value, i) => {
    if (value === null || !Number.isFinite(value)) return [];
    const dot = svg("circle", { class: "dot", cx: placeOf(series.steps[i], series), cy: heightOf(value, axis), r: 2.5 });
    dot.append(svg("title", {}, `step ${series.steps[i]}: ${numberText(value)}`));
    return [dot];
  });
}

function grid(axis: Axis): SVGElement[] {
  const digits = numberText(axis.least, 3) === numberText(axis.greatest, 3) ? 6 : 3;
  return [axis.greatest, axis.least].flatMap((value) => {
    const y = heightOf(value, axis);
    return [
      svg("line", { class: "axis", x1: LEFT, x2: WIDTH, y1: y, y2: y }),
      svg("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, numberText(value, digits)),
    ];
  });
}

function markOf(series: FigureSeries, step: number | null): SVGElement[] {
  const { steps } = series;
  if (step === null || step < steps[0] || step > steps[steps.length - 1]) return [];
  const x = placeOf(step, series);
  return [svg("line", { class: "found", x1: x, x2: x, y1: TOP, y2: HEIGHT - FOOT })];
}
