/** The layout of one open call. */
import { byDagre } from "./byDagre";
import { byRank } from "./byRank";
import { DAGRE_LIMIT, type Columns, type Question } from "./columns";

export function layoutOf(question: Question): Columns {
  return question.heights.length > DAGRE_LIMIT ? byRank(question) : byDagre(question);
}
