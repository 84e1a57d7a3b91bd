import { ratioOf } from "./figures.mjs";
import { spread } from "./statistics.mjs";

/**
 * The ratios of a peer to another, made round by round, with their median and extremes; undefined if one of them was left out.
 * @param variant as it stands in results.
 */
export function ratios(variant, figure, peer, than) {
  const values = variant.figures[peer]?.[figure];
  const base = variant.figures[than]?.[figure];
  if (values === undefined || base === undefined) return undefined;
  return spread(values.map((value, round) => ratioOf(figure, value, base[round])));
}

/** Each target of a workload with what was measured: `{ target, measured, holds }`; both undefined if that was not measured. */
export function judge(workload, results) {
  return (workload.targets ?? []).map((target) => {
    const { peer, than = workload.base, figure = "serverMicros", atLeast, atMost } = target;
    const variants = results?.variants.filter(({ name }) => [undefined, name].includes(target.variant)) ?? [];
    const all = variants.map((variant) => ratios(variant, figure, peer, than));
    if (all.length === 0 || all.includes(undefined)) return { target, measured: undefined, holds: undefined };
    // Over several variants, the worst is the judge.
    const measured = all.toSorted((a, b) => a.median - b.median).at(atLeast === undefined ? -1 : 0);
    const holds = atLeast === undefined ? measured.median <= atMost : measured.median >= atLeast;
    return { target, measured, holds };
  });
}
