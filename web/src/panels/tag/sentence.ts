/** The words of the sentence; those that the score reads are coloured by what they contribute. */
import type { TagReport } from "../../document";
import { element } from "../../dom";
import { numberText } from "../../tensors";
import { colourOf, css, isLight, scaleFor } from "../heatmap/colours";

export type Contribution = TagReport["contributions"][number];

/** `ask` opens the tag of another word; null without a server. */
export function sentence(report: TagReport, chosen: number | null, choose: (position: number) => void): HTMLElement {
  const most = Math.max(...report.contributions.map((each) => Math.abs(each.total)), 0);
  const words = report.words.map((word, position) => {
    const found = report.contributions.find((each) => each.position === position);
    return wordButton(word, position, found, most, report, chosen, choose);
  });
  return element("p", { class: "sentence", "aria-label": "Words of the sentence" }, ...words.flatMap((each, i) => (i ? [" ", each] : [each])));
}

function wordButton(word: string, position: number, found: Contribution | undefined, most: number, report: TagReport, chosen: number | null, choose: (position: number) => void): HTMLElement {
  const isTagged = position === report.position;
  const button = element("button", { type: "button", class: `word${isTagged ? " tagged" : ""}`, "aria-pressed": String(position === chosen), onclick: () => choose(position) }, word);
  if (isTagged) button.append(element("small", {}, report.tag));
  if (found) {
    const colour = colourOf(found.total, scaleFor(most));
    button.style.background = css(colour);
    button.style.color = isLight(colour) ? "#10151d" : "#ffffff";
    button.append(element("small", {}, signed(found.total)));
  }
  return button;
}

export function signed(value: number): string {
  return value > 0 ? `+${numberText(value, 3)}` : numberText(value, 3);
}
