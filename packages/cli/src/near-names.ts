const maxListed = 20;

/** For people: which of `names` was meant by `name`, and which there are. */
export function nearNames(name: string, names: Iterable<string>): string {
  const all = [...names].sort();
  if (all.length === 0) return "It has none at all.";
  const near = all.filter((other) => isNear(name.toLowerCase(), other.toLowerCase()));
  if (near.length > 0) return `Did you mean ${near.slice(0, 3).join(" or ")}?`;
  const more = all.length - maxListed;
  return `It has ${all.slice(0, maxListed).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

function isNear(name: string, other: string): boolean {
  const shorter = Math.min(name.length, other.length);
  if (shorter >= 3 && (name.includes(other) || other.includes(name))) return true;
  return editDistance(name, other) <= Math.max(1, Math.floor(shorter / 3));
}

/** How many characters have to be added, removed or replaced to get from one to the other (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (above[j - 1] as number) + (from[i - 1] === to[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
  }
  return row[to.length] as number;
}
