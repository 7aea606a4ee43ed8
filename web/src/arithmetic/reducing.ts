/** Sums, extrema, positions and running sums. */
import { sizeOf } from "../dense";
import { added, broadcast, spread, stridesOf, walk, type Places } from "./broadcasting";
import { integer, integers, type Call, type Rule } from "./rule";

/** The shape of a reduction with the reduced axes kept as extent 1. */
function keptShape(call: Call): number[] {
  const axes = integers(call, "axis");
  return call.inputs[0].shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
}

/** For every element of the input, the place of the result that it belongs to. */
function resultOf(call: Call): Places {
  return spread(keptShape(call), call.inputs[0].shape);
}

const sum: Rule = {
  forward: (call) => added(call.inputs[0].values, resultOf(call), sizeOf(call.shape)),
  backward: (g, _, call) => {
    const { shape } = call.inputs[0];
    return { shape, dtype: g.dtype, values: broadcast({ ...g, shape: keptShape(call) }, shape) };
  },
  passes: () => true,
  elementwise: false,
};

type Better = (a: number, b: number) => boolean;
const isGreater: Better = (a, b) => a > b;
const isLess: Better = (a, b) => a < b;

/** Per result, the place of the element that wins: the first NaN, else the first of the best. */
function winners(call: Call, better: Better): Places {
  const { values } = call.inputs[0];
  const places = new Int32Array(sizeOf(call.shape)).fill(-1);
  resultOf(call).forEach((result, i) => {
    const best = values[places[result]];
    const wins = places[result] < 0 || (!Number.isNaN(best) && (Number.isNaN(values[i]) || better(values[i], best)));
    if (wins) places[result] = i;
  });
  return places;
}

function extremum(better: Better): Rule {
  return {
    forward: (call) => Float64Array.from(winners(call, better), (place) => call.inputs[0].values[place]),
    backward: (g, _, call) => {
      const { shape } = call.inputs[0];
      return { shape, dtype: g.dtype, values: added(g.values, winners(call, better), sizeOf(shape)) };
    },
    passes: () => true,
    elementwise: false,
    branch: (call) => winners(call, better),
  };
}

function position(better: Better): Rule {
  const places = (call: Call): Float64Array => {
    const { shape } = call.inputs[0];
    const axis = integer(call, "axis");
    const stride = stridesOf(shape)[axis];
    return Float64Array.from(winners(call, better), (place) => Math.floor(place / stride) % shape[axis]);
  };
  return { forward: places, backward: () => null, passes: () => false, elementwise: false, branch: places };
}

/** Running sums along an axis, from the end if `reverse`. */
function running(values: Float64Array, shape: readonly number[], axis: number, reverse: boolean): Float64Array {
  const stride = stridesOf(shape)[axis];
  const starts = walk(shape.map((extent, i) => (i === axis ? Math.min(extent, 1) : extent)), stridesOf(shape));
  const found = values.slice();
  for (const start of starts) {
    for (let i = 1; i < shape[axis]; i++) {
      const at = start + stride * (reverse ? shape[axis] - 1 - i : i);
      found[at] += found[reverse ? at + stride : at - stride];
    }
  }
  return found;
}

const cumulativeSum: Rule = {
  forward: (call) => running(call.inputs[0].values, call.shape, integer(call, "axis"), call.attributes["reverse"] === true),
  backward: (g, _, call) => {
    const values = running(g.values, call.shape, integer(call, "axis"), call.attributes["reverse"] !== true);
    return { ...g, values };
  },
  passes: () => true,
  elementwise: false,
};

export const REDUCING: Record<string, Rule> = {
  sum,
  max: extremum(isGreater),
  min: extremum(isLess),
  argmax: position(isGreater),
  argmin: position(isLess),
  cumulative_sum: cumulativeSum,
};
