/** Look-ups by integer ids, and their transposes, which add. */
import { sizeOf } from "../dense";
import { added, gathered, stridesOf, walk, type Places } from "./broadcasting";
import { integer, type Call, type Rule } from "./rule";

/** Places in a table of the shape `whole` of which rows along an axis are taken at ids. */
function rows(ids: Float64Array, whole: readonly number[], axis: number): Places {
  const [before, after] = [whole.slice(0, axis), whole.slice(axis + 1)];
  const own = stridesOf(whole);
  const shape = [...before, ids.length, ...after];
  const strides = [...own.slice(0, axis), 0, ...own.slice(axis + 1)];
  const places = walk(shape, strides);
  const inner = sizeOf(after);
  return places.map((place, i) => place + ids[Math.floor(i / inner) % ids.length] * own[axis]);
}

/** Places in an array of the shape `whole`, one id along an axis per element. */
function along(ids: Float64Array, whole: readonly number[], axis: number, shape: readonly number[]): Places {
  const own = stridesOf(whole);
  const places = walk(shape, own.map((stride, i) => (i === axis ? 0 : stride)));
  return places.map((place, i) => place + ids[i] * own[axis]);
}

type PlacesOf = (ids: Float64Array, whole: readonly number[], axis: number, shape: readonly number[]) => Places;

function taking(placesOf: PlacesOf): Rule {
  const places = (call: Call): Places => {
    const [x, ids] = call.inputs;
    return placesOf(ids.values, x.shape, integer(call, "axis"), ids.shape);
  };
  return {
    forward: (call) => gathered(call.inputs[0].values, places(call)),
    backward: (g, _, call) => {
      const { shape } = call.inputs[0];
      return { shape, dtype: g.dtype, values: added(g.values, places(call), sizeOf(shape)) };
    },
    passes: (position) => position === 0,
    elementwise: false,
    branch: (call) => call.inputs[1].values,
  };
}

function adding(placesOf: PlacesOf): Rule {
  const places = (call: Call): Places => {
    const ids = call.inputs[1];
    return placesOf(ids.values, call.shape, integer(call, "axis"), ids.shape);
  };
  return {
    forward: (call) => added(call.inputs[0].values, places(call), sizeOf(call.shape)),
    backward: (g, _, call) => {
      const { shape } = call.inputs[0];
      return { shape, dtype: g.dtype, values: gathered(g.values, places(call)) };
    },
    passes: (position) => position === 0,
    elementwise: false,
    branch: (call) => call.inputs[1].values,
  };
}

export const ROWS: Record<string, Rule> = {
  take: taking(rows),
  add_rows: adding(rows),
  take_along_axis: taking(along),
  add_along_axis: adding(along),
};
