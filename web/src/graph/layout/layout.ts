/** The layout of one open call. */
import { byDagre } from "./byDagre";
import { byRank } from "./byRank";
import type { Columns, Question } from "./columns";

export function layoutOf(question: Question): Columns {
  const columns = question.heights.length > question.limit ? byRank(question) : byDagre(question);
  return upsideDown(columns) ? turned(columns) : columns;
}

/** Whether more neighbours of a column stand against the order of the document than with it. */
function upsideDown({ column, y }: Columns): boolean {
  const columns = new Map<number, number[]>();
  column.forEach((c, i) => columns.set(c, (columns.get(c) ?? []).concat(i)));
  let against = 0;
  for (const parts of columns.values()) for (let i = 1; i < parts.length; i++) against += Math.sign(y[parts[i - 1]] - y[parts[i]]);
  return against > 0;
}

function turned({ column, y, passes }: Columns): Columns {
  return { column, y: y.map((at) => -at), passes: passes.map((way) => way.map((pass) => ({ ...pass, y: -pass.y }))) };
}
