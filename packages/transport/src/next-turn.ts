/** A turn may take about this long, if its tasks are many: what each of them brings is short, and the others wait for all of it. */
const turnMs = 5;

const waiting: (() => void)[] = [];
/** How many run in one turn: twice as many after a turn that was short, half as many after a long one. */
let share = 1;
let turnBegan = 0;
let turnComing = false;

/**
 * Runs a task in a later turn of the event loop, with as many others as a turn of 5 ms has room for, in the order in which they
 * came, and one at least.
 */
export function nextTurn(task: () => void): void {
  waiting.push(task);
  if (!turnComing) awaitTurn();
}

function awaitTurn(): void {
  turnComing = true;
  setImmediate(runShare);
}

function runShare(): void {
  turnComing = false;
  const now = performance.now();
  share = now - turnBegan < turnMs ? share * 2 : Math.max(1, Math.floor(share / 2));
  turnBegan = now;
  // What a task brings asks for a turn itself, and is not to have this one.
  share = Math.min(share, waiting.length);
  try {
    for (let left = share; left > 0; left--) (waiting.shift() as () => void)();
  } finally {
    if (waiting.length > 0 && !turnComing) awaitTurn();
  }
}
