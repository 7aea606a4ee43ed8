/** The walk as the panel sees it: nodes have their turn with their visible box. */
import { selectionOf, type GraphScreen } from "../graph/screen";
import { isShown, stageAt, stepCount } from "../graph/steps";
import type { Hidden, WalkView } from "../panels/hidden";
import type { Selection, State } from "../state";

export function walkView(screen: GraphScreen): WalkView {
  return { hiddenIn: (state) => hiddenAt(screen, state), lit: (state) => litAt(screen, state) };
}

/** Everything is hidden until the graph is drawn. */
function hiddenAt(screen: GraphScreen, { step }: State): Hidden {
  const isHidden = (node: number, row: "forward" | "backward"): boolean => {
    const picture = screen.current;
    return step !== null && (!picture || !isShown(picture.walk, step, picture.visible.boxOf[node], row));
  };
  return { value: (node) => isHidden(node, "forward"), gradient: (node) => isHidden(node, "backward") };
}

function litAt(screen: GraphScreen, { step }: State): Selection | null {
  const walk = screen.current?.walk;
  if (step === null || !walk || step >= stepCount(walk)) return null;
  return selectionOf(screen.hierarchy, stageAt(walk, step).box);
}
