/** Where the numbers stand: beside the box that they belong to, in room that the layout keeps free. */
import type { Half } from "./mirror";
import type { Box, Label } from "./scene";
import { NUMBER_HEIGHT } from "./sizes";
import type { Measure } from "./text";
import { gradientText, type BoxNumbers, type Sent } from "./wireNumbers";

/** Between a wire and the number above or below it. */
const AWAY = 3;

export function labelsOf(half: Half, beside: Map<number, BoxNumbers>, sent: Sent, measure: Measure): Label[] {
  const labels: Label[] = [];
  const room = new Map(half.boxes.map((box) => [box.box, box]));
  for (const box of half.boxes) {
    const numbers = beside.get(box.box);
    if (numbers) labels.push(...besideBox(box, numbers));
  }
  for (const { from, to, stations } of half.lines) {
    const part = sent.get(to)?.find((each) => each.to === from);
    const end = stations[stations.length - 1];
    if (part && end) labels.push(beforeBox(room.get(to)!, part.text, end.y, from));
  }
  return labels.map((label) => sized(label, measure(label.text, "number")));
}

/** Contributions end before the tip of their wire, the others begin at their box. */
function sized(label: Label, width: number): Label {
  return { ...label, width, x: label.kind === "sent" ? label.x - width : label.x };
}

function besideBox(box: Box, numbers: BoxNumbers): Label[] {
  const x = box.x + box.width + 6;
  const middle = box.y + box.height / 2;
  const label = { row: "forward", box: box.box, by: -1, x, width: 0, height: NUMBER_HEIGHT } as const;
  const value: Label = { ...label, kind: "value", text: numbers.value, y: middle - AWAY - NUMBER_HEIGHT };
  const gradient: Label = { ...label, kind: "gradient", text: gradientText(numbers), y: middle + AWAY };
  return [value, gradient].filter(({ text }) => text);
}

function beforeBox(box: Box, text: string, y: number, receiver: number): Label {
  return { kind: "sent", row: "forward", box: receiver, by: box.box, text, x: box.x - 12, y: y + 2, width: 0, height: NUMBER_HEIGHT };
}
