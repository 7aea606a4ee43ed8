/** The gradients that a gate sends to its inputs, compared with central differences. */
import { indexOf, sizeOf, tensorOf, type Dense } from "../dense";
import type { InputCheck } from "../live/backend";
import { numberText } from "../tensors";
import { forward, inDoublePrecision, type Circuit } from "./circuit";
import { Probe, type Difference } from "./differences";
import { reverse } from "./reverse";

const TOLERANCE = 1e-5;
const NOISE_MARGIN = 1e5;
const TINY = 1e-300;
const MOST_ELEMENTS = 400;
/** Elements that all evaluations of one check may compute: some tenths of a second. */
const BUDGET = 1e7;

/** One measured derivative beside the formula. */
interface Finding {
  readonly where: number[];
  readonly measured: Difference;
  readonly formula: number;
  readonly error: number;
}

/** Compare what a gate sends to each of its inputs with differences, all in float64. */
export function check(circuit: Circuit, seed: readonly number[], node: number): InputCheck[] {
  const double = inDoublePrecision(circuit);
  const values = forward(double);
  const sent = reverse(double, values, seed).downstream[node];
  const { inputs, rule } = circuit.nodes[node];
  const isOwn = Boolean(rule?.operands);
  return inputs.flatMap((input, position) => {
    const together = isOwn ? sent.filter((_, i) => inputs[i] === input) : [sent[position]];
    const formula = together.filter((each) => each !== null);
    const isRepeated = isOwn && inputs.slice(0, position).some((each, i) => each === input && sent[i]);
    if (!sent[position] || isRepeated) return [];
    return [checked(new Probe(double, values, seed, node, position), formula.reduce(added), input)];
  });
}

/** A gate with its own backward may have one node as several operands: they can only be moved together. */
function added(a: Dense, b: Dense): Dense {
  return { ...a, values: a.values.map((each, i) => each + b.values[i]) };
}

function checked(probe: Probe, formula: Dense, to: number): InputCheck {
  const most = Math.min(MOST_ELEMENTS, Math.max(16, Math.floor(BUDGET / (4 * probe.cost))));
  const kept = grid(formula.shape, most);
  const extents = kept.map((each) => each.length);
  const findings = Array.from({ length: sizeOf(extents) }, (_, i) => {
    const where = indexOf(i, extents).map((each, axis) => kept[axis][each]);
    return finding(probe, formula, where);
  });
  const whole = sizeOf(extents) === formula.values.length;
  const tensor = (values: number[]): ReturnType<typeof tensorOf> =>
    tensorOf({ shape: extents, dtype: "float64", values: Float64Array.from(values) }, formula.shape, whole ? null : kept);
  return {
    to,
    numeric: tensor(findings.map((each) => each.measured.numeric)),
    formula: tensor(findings.map((each) => each.formula)),
    difference: worst(findings)?.error ?? 0,
    agrees: findings.every((each) => each.measured.kink !== null || each.error <= TOLERANCE),
    says: sentence(findings, formula.values.length),
  };
}

function finding(probe: Probe, formula: Dense, where: number[]): Finding {
  const element = where.reduce((sum, each, axis) => sum * formula.shape[axis] + each, 0);
  const measured = probe.at(element);
  return { where, measured, formula: formula.values[element], error: relative(measured, formula.values[element]) };
}

/** The error relative to the largest of both derivatives and the scaled rounding noise. */
function relative({ numeric, noise }: Difference, formula: number): number {
  if (!Number.isFinite(numeric) || !Number.isFinite(formula)) return Infinity;
  return Math.abs(numeric - formula) / Math.max(Math.abs(numeric), Math.abs(formula), noise * NOISE_MARGIN, TINY);
}

/** Evenly spread positions per axis, at most so many in all: the longest axes are thinned first. */
export function grid(shape: readonly number[], most: number): number[][] {
  const extents = [...shape];
  while (sizeOf(extents) > most) {
    const longest = extents.indexOf(Math.max(...extents));
    extents[longest] = Math.max(1, Math.min(extents[longest] - 1, Math.floor((extents[longest] * most) / sizeOf(extents))));
  }
  return extents.map((extent, axis) => Array.from({ length: extent }, (_, i) => Math.floor((i * shape[axis]) / extent)));
}

function smooth(findings: readonly Finding[]): Finding[] {
  return findings.filter((each) => each.measured.kink === null);
}

function worst(findings: readonly Finding[]): Finding | undefined {
  return smooth(findings).reduce<Finding | undefined>((a, b) => (a && a.error >= b.error ? a : b), undefined);
}

function sentence(findings: readonly Finding[], size: number): string {
  const bad = worst(findings);
  const kinks = findings.filter((each) => each.measured.kink !== null);
  if (bad && bad.error > TOLERANCE) return disagreement(bad);
  if (!bad) return kinks.length ? atKink(kinks[0]) : "There is no element to check.";
  const more = kinks.length ? ` ${atKink(kinks[0])}` : "";
  return agreement(findings, bad, size) + more;
}

function agreement(findings: readonly Finding[], bad: Finding, size: number): string {
  const error = bad.error === 0 ? "exactly" : `with a relative difference of at most ${numberText(bad.error, 2)}`;
  if (size === 1) {
    return `They agree: the central difference is ${numberText(bad.measured.numeric, 6)}, the formula gives ${numberText(bad.formula, 6)}, ${error === "exactly" ? error : `a relative difference of ${numberText(bad.error, 2)}`}.`;
  }
  const count = smooth(findings).length;
  const which = count === size ? `all ${count} elements` : `${count} of ${size} elements`;
  return `They agree: at ${which} the central difference is what the formula gives, ${error}.`;
}

function disagreement({ where, measured, formula }: Finding): string {
  const place = where.length ? `at [${where.join(", ")}] ` : "";
  const times = measured.numeric ? `, ${numberText(formula / measured.numeric)} times as much` : "";
  return `They do not agree: ${place}the central difference is ${numberText(measured.numeric, 6)}, but the formula gives ${numberText(formula, 6)}${times}.`;
}

function atKink({ where, measured, formula }: Finding): string {
  const place = where.length ? ` at [${where.join(", ")}]` : "";
  const { kink, left, right } = measured;
  return (
    `There is a kink of ${kink}${place}, where no derivative exists: ` +
    `${numberText(left)} on the left, ${numberText(right)} on the right, and the formula chooses ${numberText(formula)}.`
  );
}
