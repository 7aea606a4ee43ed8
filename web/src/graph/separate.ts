/** Least squares with an order: positions as near as possible to the wished ones, at least `gaps[i]` between i and i + 1. */
export function separate(wished: number[], gaps: number[]): number[] {
  const offsets = [0];
  for (const gap of gaps) offsets.push(offsets[offsets.length - 1] + gap);
  const levels = isotonic(wished.map((y, i) => y - offsets[i]));
  return levels.map((level, i) => level + offsets[i]);
}

/** The nearest sequence that never falls: neighbours that would fall are pooled at their mean. */
function isotonic(values: number[]): number[] {
  const means: number[] = [];
  const counts: number[] = [];
  for (const value of values) {
    means.push(value);
    counts.push(1);
    while (means.length > 1 && means[means.length - 2] > means[means.length - 1]) pool(means, counts);
  }
  return means.flatMap((mean, i) => new Array<number>(counts[i]).fill(mean));
}

function pool(means: number[], counts: number[]): void {
  const mean = means.pop()!;
  const count = counts.pop()!;
  const at = means.length - 1;
  means[at] = (means[at] * counts[at] + mean * count) / (counts[at] + count);
  counts[at] += count;
}
