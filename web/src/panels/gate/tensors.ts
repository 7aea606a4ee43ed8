/** The tensors of a node in full: its value, the gradient that arrives, and those that it sends. */
import type { TensorData } from "../../document";
import { element } from "../../dom";
import type { Backend, Wanted } from "../../live/backend";
import type { State, Store } from "../../state";
import { isScalar } from "../../tensors";
import { TensorViewer } from "../heatmap/viewer";
import type { Hidden, HiddenIn } from "../hidden";
import { downstreamOf, upstreamOf, valueOf } from "../readings";
import type { Section } from "../section";

interface Choice {
  readonly which: Wanted["which"];
  readonly input: number;
  readonly text: string;
}

const HEIGHT = 280;

export function tensorsSection(store: Store, node: number, backend: Backend | string, hiddenIn: HiddenIn, pick: ((index: number[]) => void) | null): Section {
  const choices = choicesOf(store.state, node);
  let chosen = choices[0];
  const viewers = { value: new TensorViewer(HEIGHT, pick), gradient: new TensorViewer(HEIGHT) };
  const body = element("div");
  const select = element(
    "select",
    { "aria-label": "Tensor", onchange: () => ((chosen = choices[select.selectedIndex]), show(store.state)) },
    ...choices.map((each) => element("option", {}, each.text)),
  );
  const enlarge = element("button", { type: "button", class: "small", onclick: () => open(store, node, chosen) }, "enlarge");
  const host = element("section", { class: "panel-section tensor" }, element("h3", {}, "Tensor"), element("div", { class: "tensor-bar" }, select, enlarge), body);

  const show = (state: State): void => {
    host.hidden = choices.every((each) => isMissing(tensorOf(state, node, each)));
    const hidden = isHidden(hiddenIn(state), node, chosen);
    const tensor = hidden ? null : tensorOf(state, node, chosen);
    enlarge.disabled = !tensor;
    if (!tensor) return body.replaceChildren(element("p", { class: "note" }, hidden ? "Not computed yet at this step." : "There is none: no path, which is not the same as zero."));
    const viewer = chosen.which === "value" ? viewers.value : viewers.gradient;
    if (body.firstChild !== viewer.host) body.replaceChildren(viewer.host);
    const more = wholeButton(store, tensor, backend, { node, which: chosen.which, input: chosen.input }, (whole) => viewer.show(whole, chosen.text));
    body.replaceChildren(viewer.host, ...(more ? [more] : []));
    viewer.show(tensor, chosen.text);
  };
  return { host, show };
}

function choicesOf(state: State, node: number): Choice[] {
  const { nodes } = state.document;
  const name = nodes.name[node];
  return [
    { which: "value", input: 0, text: `value of ${name}` },
    { which: "upstream", input: 0, text: `gradient that arrives at ${name}` },
    ...nodes.inputs[node].map((each, input): Choice => ({ which: "downstream", input, text: `gradient sent to ${nodes.name[each]}` })),
  ];
}

function isMissing(tensor: TensorData | null): boolean {
  return !tensor || isScalar(tensor);
}

function isHidden(hidden: Hidden, node: number, { which }: Choice): boolean {
  return which === "value" ? hidden.value(node) : hidden.gradient(node);
}

function tensorOf(state: State, node: number, choice: Choice): TensorData | null {
  if (choice.which === "value") return valueOf(state, node);
  return choice.which === "upstream" ? upstreamOf(state, node) : downstreamOf(state, node, choice.input);
}

/** The button that asks the server for all elements of a sample. */
function wholeButton(store: Store, tensor: TensorData, backend: Backend | string, wanted: Wanted, show: (whole: TensorData) => void): HTMLElement | null {
  if (!tensor.kept || typeof backend === "string" || !backend.tensor) return null;
  const error = element("span", { class: "warning", role: "alert" });
  const button = element(
    "button",
    {
      type: "button",
      class: "small",
      onclick: async () => {
        button.disabled = true;
        try {
          show(await backend.tensor!(wanted, store.state.edits, store.state.seed));
        } catch (problem) {
          error.textContent = (problem as Error).message;
        }
        button.disabled = false;
      },
    },
    "all elements",
  );
  return element("p", {}, button, " ", error);
}

/** The tensor in a window over the page. */
function open(store: Store, node: number, choice: Choice): void {
  const tensor = tensorOf(store.state, node, choice);
  if (!tensor) return;
  const viewer = new TensorViewer(window.innerHeight * 0.55);
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "close");
  const dialog = element("dialog", { class: "tensor-dialog", "aria-label": choice.text, onclose: () => dialog.remove() }, element("header", {}, element("h2", {}, choice.text), close), viewer.host);
  document.body.append(dialog);
  dialog.showModal();
  viewer.show(tensor, choice.text);
}
