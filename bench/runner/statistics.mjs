/** The middle of the values, or the mean of the two in the middle. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the values with the least and the greatest. */
export const spread = (values) => ({
  median: median(values),
  least: Math.min(...values),
  greatest: Math.max(...values),
});
