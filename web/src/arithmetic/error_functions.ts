/** The error function and its complement, in double precision. */

const SERIES_BELOW = 2.5;
const TERMS = 80;

/** erf(x) = 2 / sqrt(π) · exp(-x²) · Σ 2^n x^(2n+1) / (1 · 3 · ... · (2n + 1)); all terms have one sign. */
function series(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < TERMS; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return ((2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)) * sum;
}

/** erfc(x) for x > 0 by its continued fraction x + (1/2) / (x + 1 / (x + (3/2) / ...)), from the end. */
function tail(x: number): number {
  if (x === Infinity) return 0;
  let fraction = x;
  for (let n = 2 * TERMS; n > 0; n--) fraction = x + n / 2 / fraction;
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * fraction);
}

export function erf(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const size = Math.abs(x);
  return size < SERIES_BELOW ? series(x) : Math.sign(x) * (1 - tail(size));
}

export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0) return 1 + erf(-x);
  return x < 1.5 ? 1 - series(x) : tail(x);
}
