/** Ways under all columns for links that would pass very many of them. */
import type { Pass } from "./columns";

/** Links over more columns than this take a lane. */
const LONG = 30;

/** Per long link its passes: down into a lane behind its source, up again before its target. Links of one source share a lane. */
export function lanesOf(rank: number[], links: [number, number][]): Map<number, Pass[]> {
  const long = links.flatMap(([from, to], l) => (rank[to] - rank[from] > LONG ? [l] : []));
  const reach = new Map<number, number>();
  for (const l of long) reach.set(links[l][0], Math.max(reach.get(links[l][0]) ?? 0, rank[links[l][1]]));
  const lane = assigned([...reach.keys()].sort((a, b) => rank[a] - rank[b]), rank, reach);
  return new Map(long.map((l) => {
    const [from, to] = links[l];
    const shared = -1 - lane.get(from)!;
    return [l, [{ column: rank[from] + 1, y: 0, shared }, { column: rank[to] - 1, y: 0, shared }]];
  }));
}

/** A lane is free again behind the last target of its source. */
function assigned(sources: number[], rank: number[], reach: Map<number, number>): Map<number, number> {
  const busyUntil: number[] = [];
  const lane = new Map<number, number>();
  for (const source of sources) {
    const free = busyUntil.findIndex((end) => end < rank[source]);
    const at = free < 0 ? busyUntil.length : free;
    busyUntil[at] = reach.get(source)!;
    lane.set(source, at);
  }
  return lane;
}
