/** The panel of one node, from its equation to its source line. */
import type { Backend } from "../../live/backend";
import type { Store } from "../../state";
import { otherRun } from "../compare/other_run";
import { editSection } from "../edit/section";
import type { HiddenIn } from "../hidden";
import type { Section } from "../section";
import { arrivingSection } from "./arriving";
import { checkSection } from "./check";
import { factsSection } from "./facts";
import { heading } from "./heading";
import { saysSection } from "./says";
import { scanSection } from "./scan";
import { sendsSection } from "./sends";
import { tensorsSection } from "./tensors";
import { valueSection } from "./value";

type Say = (sentence: string) => void;

export function gatePanel(store: Store, node: number, backend: Backend | string, say: Say, hiddenIn: HiddenIn): Section[] {
  const isGate = store.state.document.nodes.role[node] === "gate";
  const edit = editSection(store, node, store.state.document.editing.why || (typeof backend === "string" ? backend : ""));
  return [
    heading(store, node),
    valueSection(node, hiddenIn),
    ...(edit ? [edit] : []),
    ...(isGate ? [saysSection(node)] : []),
    scanSection(node, hiddenIn),
    arrivingSection(store, node, hiddenIn),
    ...(isGate ? [sendsSection(store, node, hiddenIn), checkSection(store, node, backend, say)] : []),
    tensorsSection(store, node, backend, hiddenIn, edit ? (index) => edit.choose(index) : null),
    otherRun(node),
    factsSection(node),
  ];
}
