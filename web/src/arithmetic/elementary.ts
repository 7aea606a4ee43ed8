/** Elementary, trigonometric and hyperbolic functions, element by element. */
import { elementwise } from "./elementwise";
import { erf, erfc } from "./error_functions";
import type { Round } from "./rounding";
import type { Rule } from "./rule";

const OF_ERROR_FUNCTIONS = 2 / Math.sqrt(Math.PI);

/** 1 - tanh(x)² with all its digits: 4 t / (1 + t)², t = exp(-2|x|). */
function squaredSecant(r: Round, x: number): number {
  const powers = r(Math.exp(r(Math.abs(x) * -2)));
  const total = r(powers + 1);
  return r(r(powers * 4) / r(total * total));
}

/** sqrt(1 - x²) without cancellation. */
function leg(r: Round, x: number): number {
  return r(Math.sqrt(r(r(1 - x) * r(1 + x))));
}

function bell(r: Round, x: number): number {
  return r(Math.exp(r(-x * x)));
}

/** g · along / (a² + b²), 0 at the origin. */
function perSquare(r: Round, g: number, along: number, a: number, b: number): number {
  const radius = r(Math.hypot(a, b));
  return radius === 0 ? 0 : r(g * r(along / radius)) / radius;
}

export const ELEMENTARY: Record<string, Rule> = {
  exp: elementwise((_, x) => Math.exp(x), [(_, g, y) => g * y]),
  expm1: elementwise((_, x) => Math.expm1(x), [(r, g, _y, x) => g * r(Math.exp(x))]),
  exp2: elementwise((_, x) => 2 ** x, [(r, g, y) => r(g * y) * r(Math.LN2)]),
  log: elementwise((_, x) => Math.log(x), [(_, g, _y, x) => g / x]),
  log1p: elementwise((_, x) => Math.log1p(x), [(r, g, _y, x) => g / r(x + 1)]),
  log2: elementwise((_, x) => Math.log2(x), [(r, g, _y, x) => g / r(x * r(Math.LN2))]),
  log10: elementwise((_, x) => Math.log10(x), [(r, g, _y, x) => g / r(x * r(Math.LN10))]),
  sqrt: elementwise((_, x) => Math.sqrt(x), [(r, g, y) => r(g * 0.5) / y]),
  cbrt: elementwise((_, x) => Math.cbrt(x), [(r, g, y) => g / r(r(y * y) * 3)]),
  hypot: elementwise((_, a, b) => Math.hypot(a, b), [
    (r, g, y, a) => g * r(a / (y === 0 ? 1 : y)),
    (r, g, y, _a, b) => g * r(b / (y === 0 ? 1 : y)),
  ]),
  sin: elementwise((_, x) => Math.sin(x), [(r, g, _y, x) => g * r(Math.cos(x))]),
  cos: elementwise((_, x) => Math.cos(x), [(r, g, _y, x) => -g * r(Math.sin(x))]),
  tan: elementwise((_, x) => Math.tan(x), [(r, g, y) => g * r(r(y * y) + 1)]),
  asin: elementwise((_, x) => Math.asin(x), [(r, g, _y, x) => g / leg(r, x)]),
  acos: elementwise((_, x) => Math.acos(x), [(r, g, _y, x) => -g / leg(r, x)]),
  atan: elementwise((_, x) => Math.atan(x), [(r, g, _y, x) => g / r(r(x * x) + 1)]),
  atan2: elementwise((_, a, b) => Math.atan2(a, b), [
    (r, g, _y, a, b) => perSquare(r, g, b, a, b),
    (r, g, _y, a, b) => perSquare(r, g, -a, a, b),
  ]),
  tanh: elementwise((_, x) => Math.tanh(x), [(r, g, _y, x) => g * squaredSecant(r, x)]),
  sinh: elementwise((_, x) => Math.sinh(x), [(r, g, _y, x) => g * r(Math.cosh(x))]),
  cosh: elementwise((_, x) => Math.cosh(x), [(r, g, _y, x) => g * r(Math.sinh(x))]),
  asinh: elementwise((_, x) => Math.asinh(x), [(r, g, _y, x) => g / r(Math.hypot(x, 1))]),
  acosh: elementwise((_, x) => Math.acosh(x), [(r, g, _y, x) => g / r(r(Math.sqrt(r(x - 1))) * r(Math.sqrt(r(x + 1))))]),
  atanh: elementwise((_, x) => Math.atanh(x), [(r, g, _y, x) => g / r(r(1 - x) * r(x + 1))]),
  erf: elementwise((_, x) => erf(x), [(r, g, _y, x) => r(g * r(OF_ERROR_FUNCTIONS)) * bell(r, x)]),
  erfc: elementwise((_, x) => erfc(x), [(r, g, _y, x) => r(g * r(-OF_ERROR_FUNCTIONS)) * bell(r, x)]),
  identity: elementwise((_, x) => x, [(_, g) => g]),
  stop_gradient: elementwise((_, x) => x, [null]),
  astype: elementwise((_, x) => x, [(_, g) => g]),
};
