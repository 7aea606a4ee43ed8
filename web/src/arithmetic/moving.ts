/** Gates that move elements: every element of the gradient goes back to where it came from. */
import type { Dense } from "../dense";
import { sizeOf } from "../dense";
import { added, broadcast, gathered, stridesOf, walk, type Places } from "./broadcasting";
import { integer, integers, type Call, type Rule } from "./rule";

/** A gate whose element i is the element `places[i]` of its input. */
function gathering(placesOf: (call: Call) => Places): Rule {
  return {
    forward: (call) => gathered(call.inputs[0].values, placesOf(call)),
    backward: (g, _, call) => {
      const x = call.inputs[0];
      return { shape: x.shape, dtype: g.dtype, values: added(g.values, placesOf(call), sizeOf(x.shape)) };
    },
    passes: (position) => position === 0,
    elementwise: false,
  };
}

function permuted(call: Call): Places {
  const own = stridesOf(call.inputs[0].shape);
  return walk(call.shape, integers(call, "axes").map((axis) => own[axis]));
}

/** The places of a regular part: from `starts` in `steps`, in an array of shape `whole`. */
function part(call: Call, extents: readonly number[], whole: readonly number[]): Places {
  const [own, steps] = [stridesOf(whole), integers(call, "steps")];
  const start = integers(call, "starts").reduce((sum, each, axis) => sum + each * own[axis], 0);
  return walk(extents, own.map((stride, axis) => stride * steps[axis]), start);
}

const pad: Rule = {
  forward: (call) => {
    const x = call.inputs[0];
    return added(x.values, part(call, x.shape, call.shape), sizeOf(call.shape));
  },
  backward: (g, _, call) => {
    const { shape } = call.inputs[0];
    return { shape, dtype: g.dtype, values: gathered(g.values, part(call, shape, call.shape)) };
  },
  passes: () => true,
  elementwise: false,
};

/** The places of one joined input in the result. */
function joined(call: Call, position: number): Places {
  const axis = integer(call, "axis");
  const own = stridesOf(call.shape);
  const before = call.inputs.slice(0, position).reduce((sum, each) => sum + each.shape[axis], 0);
  return walk(call.inputs[position].shape, own, before * own[axis]);
}

const concat: Rule = {
  forward: (call) => {
    const found = new Float64Array(sizeOf(call.shape));
    call.inputs.forEach((each, position) => joined(call, position).forEach((place, i) => (found[place] = each.values[i])));
    return found;
  },
  backward: (g, _, call, position) => {
    const { shape } = call.inputs[position];
    return { shape, dtype: g.dtype, values: gathered(g.values, joined(call, position)) };
  },
  passes: () => true,
  elementwise: false,
};

export const MOVING: Record<string, Rule> = {
  reshape: {
    forward: (call) => call.inputs[0].values,
    backward: (g, _, call): Dense => ({ shape: call.inputs[0].shape, dtype: g.dtype, values: g.values }),
    passes: () => true,
    elementwise: false,
  },
  permute_dims: gathering(permuted),
  broadcast_to: {
    forward: (call) => broadcast(call.inputs[0], call.shape),
    backward: (g) => g,
    passes: () => true,
    elementwise: false,
  },
  slice: gathering((call) => part(call, call.shape, call.inputs[0].shape)),
  pad,
  concat,
};
