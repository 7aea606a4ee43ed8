/** The bar at the top: what is seen, how, and where the walk stands. */
import { element } from "../dom";
import type { Colouring, Store, View } from "../state";
import { choice } from "./choice";
import { themeButton } from "./theme";
import { hasUpdates } from "../graph/updateRatio";

const VIEWS: { value: View; text: string; hint: string }[] = [
  { value: "both", text: "Both", hint: "Forward, and below it backward as its mirror (1)" },
  { value: "forward", text: "Forward", hint: "Values only (2)" },
  { value: "backward", text: "Backward", hint: "Gradients only (3)" },
];

const COLOURINGS: [Colouring, string][] = [
  ["none", "kind"],
  ["norm", "gradient norm"],
  ["zeros", "zeros in the gradient"],
  ["cost", "cost"],
  ["update", "gradient / parameter"],
  ["difference", "difference of the two runs"],
];

export function bar(store: Store, search: HTMLElement, save: () => void, note: HTMLElement | null): HTMLElement {
  const { document } = store.state;
  const title = element("h1", {}, document.title, element("small", {}, `backward from ${document.objective}`));
  const saver = element("button", { type: "button", title: "Save the graph as SVG, as it is shown", onclick: save }, "SVG");
  return element("header", { class: "bar" }, title, element("span", { class: "space" }), search, viewChoice(store), colouringChoice(store), saver, themeButton(), note);
}

function viewChoice(store: Store): HTMLElement {
  const { host, show } = choice("Rows", VIEWS, (view) => store.set({ view }));
  show(store.state.view);
  store.subscribe((state) => show(state.view));
  return host;
}

function colouringChoice(store: Store): HTMLElement {
  const offered = COLOURINGS.filter(([value]) => value !== "difference" || store.state.document.comparison);
  const select = element("select", { onchange: () => store.set({ colouring: select.value as Colouring }) },
    ...offered.map(([value, text]) => element("option", { value }, value === "update" && hasUpdates(store.state.document) ? "update / parameter" : text)));
  select.value = store.state.colouring;
  store.subscribe((state) => (select.value = state.colouring));
  return element("label", { class: "field" }, "colour by", select);
}
