/** Least squares with an order: positions as near as possible to the wished ones, at least `gaps[i]` between i and i + 1. Heavier ones move less. */
export function separate(wished: number[], gaps: number[], weights?: number[]): number[] {
  const offsets = [0];
  for (const gap of gaps) offsets.push(offsets[offsets.length - 1] + gap);
  const levels = isotonic(wished.map((y, i) => y - offsets[i]), weights ?? wished.map(() => 1));
  return levels.map((level, i) => level + offsets[i]);
}

interface Block {
  mean: number;
  weight: number;
  count: number;
}

/** The nearest sequence that never falls: neighbours that would fall are pooled at their mean. */
function isotonic(values: number[], weights: number[]): number[] {
  const blocks: Block[] = [];
  values.forEach((mean, i) => {
    blocks.push({ mean, weight: weights[i], count: 1 });
    while (blocks.length > 1 && blocks[blocks.length - 2].mean > blocks[blocks.length - 1].mean) pool(blocks);
  });
  return blocks.flatMap(({ mean, count }) => new Array<number>(count).fill(mean));
}

function pool(blocks: Block[]): void {
  const last = blocks.pop()!;
  const into = blocks[blocks.length - 1];
  const weight = into.weight + last.weight;
  into.mean = (into.mean * into.weight + last.mean * last.weight) / weight;
  into.weight = weight;
  into.count += last.count;
}
