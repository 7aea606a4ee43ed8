/** Controls of the walk: start, back, play, forward, jump, everything. */
import { element } from "../dom";
import { icon, type Icon } from "./icon";
import type { GraphScreen } from "../graph/screen";
import { spokenStep } from "../graph/spokenStep";
import { stepCount } from "../graph/steps";
import type { Store } from "../state";

/** Milliseconds that a played step stays. */
const PACE = 1100;

export interface WalkControls {
  host: HTMLElement;
  by: (steps: number) => void;
  play: () => void;
}

export function walkControls(store: Store, screen: GraphScreen): WalkControls {
  let timer = 0;
  const count = () => (screen.current ? stepCount(screen.current.walk) : 0);
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    show();
  };
  const to = (step: number | null) => store.set({ step: step === null ? null : Math.max(0, Math.min(count() - 1, step)) });
  const by = (steps: number) => {
    stop();
    const { step } = store.state;
    if (step !== null) to(step + steps);
    else to(steps > 0 ? 0 : count() - 1);
  };
  const play = () => {
    if (timer) return stop();
    if (store.state.step === null || store.state.step >= count() - 1) to(0);
    timer = window.setInterval(() => {
      const { step } = store.state;
      if (step === null || step >= count() - 1) stop();
      else to(step + 1);
    }, PACE);
    show();
  };
  const button = (shape: Icon, title: string, act: () => void) => element("button", { type: "button", title, "aria-label": title, onclick: act }, icon(shape));
  const player = button("play", "Play the steps (space)", play);
  const slider = element("input", { type: "range", min: 0, step: 1, "aria-label": "Step", oninput: () => (stop(), to(Number(slider.value))) });
  const output = element("output", {});
  const leave = "Leave the steps, show everything (Escape)";
  const all = element("button", { type: "button", title: leave, onclick: () => (stop(), to(null)) }, "Show all");
  const show = () => {
    const { step } = store.state;
    player.replaceChildren(icon(timer ? "pause" : "play"));
    slider.max = String(Math.max(0, count() - 1));
    slider.value = String(step ?? 0);
    slider.setAttribute("aria-valuetext", step === null || !screen.current ? "not stepping" : spokenStep(screen.current, step).sentence);
    output.textContent = step === null ? `${count()} steps` : `${step + 1} of ${count()}`;
    all.disabled = step === null;
  };
  screen.onPicture(show);
  const host = element("div", { class: "walk", role: "group", "aria-label": "Steps forward and back" },
    button("first", "First step", () => (stop(), to(0))), button("back", "Back one step (p)", () => by(-1)), player, button("next", "Next step (n)", () => by(1)), slider, output, all);
  return { host, by, play };
}

/** The sentence of the current step, beside the controls. */
export function caption(store: Store, screen: GraphScreen): HTMLElement {
  const host = element("p", { class: "caption", "aria-hidden": "true" });
  screen.onPicture((picture) => {
    const { step } = store.state;
    host.classList.toggle("lit", step !== null);
    host.textContent = step === null ? "n and p step through the graph, forward and then back" : spokenStep(picture, step).sentence.replace(/^[^,]*, /, "");
  });
  return host;
}
