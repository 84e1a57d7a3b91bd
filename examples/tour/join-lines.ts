/** How one joins a service that speaks lines. */
export function joinLines(url: string): string {
  return `nc ${url.slice("tcp://".length).replace(":", " ")}   or:  npx -y pnpm@12 parley send ${url}`;
}
