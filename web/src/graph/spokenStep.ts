/** A step of the walk in a sentence, for those who hear the page and for the line under the graph. */
import { gateName } from "./contents";
import { callOf, nodesOf, type Hierarchy } from "./hierarchy";
import { outgoing } from "./fold";
import type { Picture } from "./paint";
import type { Row } from "./scene";
import { stageAt, stepCount } from "./steps";
import { NO_PATH, tensorText } from "./wireNumbers";

export interface SpokenStep {
  box: number;
  row: Row;
  sentence: string;
}

export function spokenStep(picture: Picture, step: number): SpokenStep {
  const { box, row } = stageAt(picture.walk, step);
  const what = row === "forward" ? forwardSentence(picture, box) : backwardSentence(picture, box);
  return { box, row, sentence: `${step + 1} of ${stepCount(picture.walk)}, ${row}: ${what}` };
}

function forwardSentence({ h, state: { numbers } }: Picture, box: number): string {
  const call = callOf(h, box);
  if (call >= 0) return `${h.document.calls[call].title} computes its values`;
  const { nodes } = h.document;
  const value = numbers.tensors[numbers.value[box]];
  const result = value ? ` = ${tensorText(value)}` : "";
  if (nodes.role[box] !== "gate") return `${nodes.role[box]} ${nodes.name[box]}${result}`;
  return `${nodes.name[box]} = ${gateName(h, box)}(${nodes.inputs[box].map((i) => nodes.name[i]).join(", ")})${result}`;
}

function backwardSentence(picture: Picture, box: number): string {
  const { h, visible, state: { numbers } } = picture;
  const call = callOf(h, box);
  const given = outgoing(h, visible, box, nodesOf(h, box));
  if (given.every((n) => numbers.upstream[n] < 0)) return `no gradient reaches ${call >= 0 ? h.document.calls[call].title : h.document.nodes.name[box]}`;
  if (call >= 0) return `${h.document.calls[call].title} passes its gradients back`;
  return `${arrived(picture, box)}${sends(h, picture, box)}`;
}

/** ∂y = 3 + 2 = 5 */
function arrived({ h, built, state: { numbers } }: Picture, n: number): string {
  const gradient = numbers.tensors[numbers.upstream[n]];
  const parts = built.beside.get(n)?.parts ?? [];
  const added = parts.length > 1 ? `${parts.map((part) => part.text).join(" + ")} = ` : "";
  return `∂${h.document.nodes.name[n]} = ${added}${gradient ? tensorText(gradient) : NO_PATH}`;
}

function sends(h: Hierarchy, { state: { numbers } }: Picture, n: number): string {
  const { nodes } = h.document;
  const sent = nodes.inputs[n].map((input, k) => {
    const tensor = numbers.tensors[numbers.downstream[n]?.[k] ?? -1];
    return `${tensor ? tensorText(tensor) : "nothing"} to ${nodes.name[input]}`;
  });
  return sent.length ? `; ${gateName(h, n)} sends ${sent.join(", ")}` : "";
}
