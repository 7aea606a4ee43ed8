/** Arithmetic and rounding, element by element. */
import { elementwise, type Formula } from "./elementwise";
import type { Rule } from "./rule";

/** The power of C, which is 1 for the base 1, and for -1 with an infinite exponent. */
function power(base: number, exponent: number): number {
  const isOne = base === 1 || (base === -1 && Math.abs(exponent) === Infinity);
  return isOne ? 1 : Math.pow(base, exponent);
}

/** The remainder with the sign of the divisor. */
function remainder(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return Object.is(b, -0) || b < 0 ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

/** The quotient rounded down, as a multiple that fits the remainder. */
function floorDivide(a: number, b: number): number {
  if (b === 0 || Math.abs(a) === Infinity || Math.abs(b) === Infinity) return a / b;
  const exact = (a - remainder(a, b)) / b;
  const down = Math.floor(exact);
  return exact - down > 0.5 ? down + 1 : down;
}

/** The nearest integer, the even one of two. */
function toEven(x: number): number {
  const down = Math.floor(x);
  const over = x - down;
  if (over !== 0.5) return over < 0.5 ? down : down + 1;
  return down % 2 === 0 ? down : down + 1;
}

function whole(formula: (x: number) => number): Rule {
  return elementwise((_, x) => formula(x), [null], (_, x) => formula(x));
}

const sign: Formula = (_, x) => Math.sign(x);

export const ARITHMETIC: Record<string, Rule> = {
  add: elementwise((_, a, b) => a + b, [(_, g) => g, (_, g) => g]),
  subtract: elementwise((_, a, b) => a - b, [(_, g) => g, (_, g) => -g]),
  multiply: elementwise((_, a, b) => a * b, [(_, g, _y, _a, b) => g * b, (_, g, _y, a) => g * a]),
  divide: elementwise((_, a, b) => a / b, [(_, g, _y, _a, b) => g / b, (r, g, y, _a, b) => r(-g * y) / b]),
  pow: elementwise(
    (_, base, exponent) => power(base, exponent),
    [
      (r, g, _y, base, exponent) => {
        const safe = exponent === 0 && !(Math.abs(base) > 0) ? 1 : base;
        return g * r(exponent * r(power(safe, r(exponent - 1))));
      },
      (r, g, y, base) => g * r((base === 0 ? 0 : y) * r(Math.log(base === 0 ? 1 : base))),
    ],
  ),
  negative: elementwise((_, x) => -x, [(_, g) => -g]),
  reciprocal: elementwise((_, x) => 1 / x, [(r, g, y) => -g * r(y * y)]),
  abs: elementwise((_, x) => Math.abs(x), [(_, g, _y, x) => g * Math.sign(x)], sign),
  sign: elementwise(sign, [null], sign),
  floor_divide: elementwise((_, a, b) => floorDivide(a, b), [null, null], (_, a, b) => floorDivide(a, b)),
  remainder: elementwise(
    (_, a, b) => remainder(a, b),
    [(_, g) => g, (r, g, _y, a, b) => -g * r(floorDivide(a, b))],
    (_, a, b) => floorDivide(a, b),
  ),
  fmod: elementwise(
    (_, a, b) => a % b,
    [(_, g) => g, (r, g, _y, a, b) => -g * Math.trunc(r(a / b))],
    (_, a, b) => Math.trunc(a / b),
  ),
  floor: whole(Math.floor),
  ceil: whole(Math.ceil),
  trunc: whole(Math.trunc),
  round: whole(toEven),
};
