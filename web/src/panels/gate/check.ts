/** The button that compares the gradients of a gate with central differences, and what it found. */
import { element } from "../../dom";
import type { Backend, InputCheck } from "../../live/backend";
import type { Store } from "../../state";
import { isScalar } from "../../tensors";
import { figure } from "../figures";
import { upstreamOf } from "../readings";
import type { Section } from "../section";

type Say = (sentence: string) => void;

export function checkSection(store: Store, node: number, backend: Backend | string, say: Say): Section {
  const result = element("div", { class: "check-result", "aria-live": "polite" });
  const button = element("button", { type: "button", onclick: () => void run() }, "Check with central differences");
  const host = element("section", { class: "panel-section check" }, element("h3", {}, "Check"), button, result);
  const why = typeof backend === "string" ? backend : "";
  if (why) {
    button.disabled = true;
    result.append(element("p", { class: "note" }, why));
  }

  const run = async (): Promise<void> => {
    if (typeof backend === "string") return;
    button.disabled = true;
    const { edits, seed } = store.state;
    try {
      const found = await backend.check(node, edits, seed);
      result.replaceChildren(...shown(store, found));
      say(found.map((each) => each.says).join(" "));
    } catch (error) {
      const sentence = (error as Error).message;
      result.replaceChildren(element("p", { class: "warning" }, sentence));
      say(sentence);
    }
    button.disabled = false;
  };

  let numbers = store.state.numbers;
  return {
    host,
    show: (state) => {
      host.hidden = !upstreamOf(state, node);
      if (state.numbers !== numbers && !why) result.replaceChildren();
      numbers = state.numbers;
    },
  };
}

function shown(store: Store, found: readonly InputCheck[]): HTMLElement[] {
  if (!found.length) return [element("p", { class: "note" }, "This gate sends no gradient, so that there is nothing to check.")];
  return found.map((each) => {
    const name = store.state.document.nodes.name[each.to];
    return element(
      "div",
      { class: `verdict ${each.agrees ? "agrees" : "differs"}` },
      element("p", {}, element("b", {}, `${each.agrees ? "✓" : "✗"} to ${name} `), each.says),
      !isScalar(each.numeric) &&
        element("div", { class: "product" }, labelled("differences", figure(each.numeric, "gradient")), labelled("formula", figure(each.formula, "gradient"))),
    );
  });
}

function labelled(text: string, content: HTMLElement): HTMLElement {
  return element("span", { class: "factor" }, content, element("small", {}, text));
}
