/**
 * Named gates that declare their own backward. Their inputs are the result of the operations inside, the operands,
 * and what the forward kept; the value is that of the result.
 */
import type { Dense } from "../dense";
import { sizeOf } from "../dense";
import { added, spread } from "./broadcasting";
import { mapped, type Formula } from "./elementwise";
import { roundingOf, rounded, type Round } from "./rounding";
import type { Call, Rule } from "./rule";

const LARGEST = 2 ** 127 * (2 - 2 ** -23);

/** The gradient of the operand at `position`, from upstream, output and all inputs. */
type Backward = (g: Dense, y: Dense, call: Call, position: number) => Dense | null;

function passingBy(operands: number, backward: Backward): Rule {
  return {
    forward: (call) => call.inputs[0].values,
    backward: (g, y, call, position) => (position >= 1 && position <= operands ? backward(g, y, call, position) : null),
    passes: () => true,
    elementwise: false,
    operands,
  };
}

/** A backward element by element of upstream, output and inputs after the result. */
function elements(slope: Formula): Backward {
  return (g, y, call) => mapped(y.shape, y.dtype, slope, g, y, ...call.inputs.slice(1));
}

function sigmoid(r: Round, x: number): number {
  return r(1 / r(r(Math.exp(-x)) + 1));
}

/** The sum over the last axis, which is kept; divided by the number of elements for a mean. */
function along(x: Dense, isMean = false): Dense {
  const shape = [...x.shape.slice(0, -1), 1];
  const sums = added(x.values, spread(shape, x.shape), sizeOf(shape));
  const extent = x.shape[x.shape.length - 1];
  return rounded(shape, x.dtype, isMean ? sums.map((each) => each / extent) : sums);
}

const product: Formula = (_, a, b) => a * b;

const softmax: Backward = (g, y) => {
  const common = along(mapped(y.shape, y.dtype, product, g, y));
  return mapped(y.shape, y.dtype, (r, g, y, c) => y * r(g - c), g, y, common);
};

const logSoftmax: Backward = (g, y, call) => {
  const [, , powers, total] = call.inputs;
  return mapped(y.shape, y.dtype, (r, g, s, p, t) => g - r(p * r(s / t)), g, along(g), powers, total);
};

const logsumexp: Backward = (g, y, call) => {
  const [, x, powers, total] = call.inputs;
  return mapped(x.shape, y.dtype, (r, g, p, t) => g * r(p / t), g, powers, total);
};

const layerNorm: Backward = (g, y, call, position) => {
  if (position !== 1) return null;
  const [common, projected] = [along(g, true), along(mapped(y.shape, y.dtype, product, g, y), true)];
  const formula: Formula = (r, g, y, c, p, scale) => r(r(g - c) - r(y * p)) * scale;
  return mapped(y.shape, y.dtype, formula, g, y, common, projected, call.inputs[3]);
};

function sharing(scale: number): Backward {
  return (g, y, call, position) => {
    const formula: Formula = (r, g, a, b) => {
      const difference = a === b && Math.abs(a) === Infinity ? 0 : r(a - b);
      return g * sigmoid(r, r(difference * r(position === 1 ? scale : -scale)));
    };
    return mapped(y.shape, y.dtype, formula, g, call.inputs[1], call.inputs[2]);
  };
}

/** With the powers exp(-x) that the forward kept, y · (1 - y) keeps its digits where y is close to 1. */
const sigmoidSlope: Formula = (r, g, y, _, powers) => g * r(y * r(Math.min(powers, largest(r)) * y));

function largest(r: Round): number {
  return r === roundingOf("float32") ? LARGEST : Number.MAX_VALUE;
}

export const OWN_BACKWARDS: Record<string, Rule> = {
  sigmoid: passingBy(1, (g, y, call) => {
    const slope: Formula = call.inputs.length > 2 ? sigmoidSlope : (r, g, y) => g * r(y * r(1 - y));
    return elements(slope)(g, y, call, 1);
  }),
  tanh: passingBy(1, elements((r, g, y) => g * r(1 - r(y * y)))),
  "sech²": passingBy(1, elements((r, g, y, x) => r(g * r(y * r(Math.tanh(x)))) * -2)),
  softplus: passingBy(1, elements((r, g, _, x) => g * sigmoid(r, x))),
  softsign: passingBy(1, elements((r, g, _, _x, total) => r(g / total) / total)),
  logit: passingBy(1, elements((r, g, _, x) => g / r(x * r(1 - x)))),
  softmax: passingBy(1, softmax),
  log_softmax: passingBy(1, logSoftmax),
  logsumexp: passingBy(1, logsumexp),
  layer_norm: passingBy(2, layerNorm),
  logaddexp: passingBy(2, sharing(1)),
  logaddexp2: passingBy(2, sharing(Math.LN2)),
};
