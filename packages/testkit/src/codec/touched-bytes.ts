type BulkCost = (target: Uint8Array, first: unknown, second: unknown, third: unknown) => number;

const all: BulkCost = (target) => target.length;
const fromFirst: BulkCost = (target, start, end) => span(target, start, end);
const fromSecond: BulkCost = (target, _, start, end) => span(target, start, end);
const searched: BulkCost = (target, _, from) => span(target, from, undefined);

/** Methods of byte arrays that look at, or write, about as many bytes as they are told of. */
const bulk: ReadonlyMap<string, BulkCost> = new Map<string, BulkCost>([
  ["set", (_, source) => (source as ArrayLike<number>).length],
  ["slice", fromFirst],
  ["utf8Slice", fromFirst],
  ["latin1Slice", fromFirst],
  ["asciiSlice", fromFirst],
  ["fill", fromSecond],
  ["toString", fromSecond],
  ["copyWithin", fromSecond],
  ["indexOf", searched],
  ["includes", searched],
  ["lastIndexOf", all],
  ["copy", all],
  ["compare", all],
  ["equals", all],
]);

function span(target: Uint8Array, start: unknown, end: unknown): number {
  const clamp = (value: unknown, otherwise: number): number =>
    typeof value === "number" && Number.isFinite(value)
      ? Math.min(Math.max(value, 0), target.length)
      : otherwise;
  return Math.max(0, clamp(end, target.length) - clamp(start, 0));
}

/** The byte arrays behind the counting ones, so that native code can be handed the real thing. */
const real = new WeakMap<object, Uint8Array>();

const unwrap = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? (real.get(value) ?? value) : value;

/**
 * Runs `work` and counts the bytes that it reads and writes, one by one or in bulk, in the chunks that `watch` returns
 * and in every byte array that is made meanwhile: a measure of cost that is the same on every machine. What native code
 * reads on its own account (a parser, a compressor) is not seen.
 */
export function touchedBytes(work: (watch: (bytes: Uint8Array) => Uint8Array) => void): number {
  let touched = 0;
  const watch = (bytes: Uint8Array): Uint8Array => {
    const watched = new Proxy(bytes, {
      get(target, key) {
        if (typeof key === "symbol") return Reflect.get(target, key, target);
        const first = key.charCodeAt(0);
        if (first >= 48 && first <= 57) {
          touched += 1;
          return target[Number(key)];
        }
        const value = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => {
          touched += bulk.get(key)?.(target, args[0], args[1], args[2]) ?? 0;
          const result = value.apply(target, args.map(unwrap));
          return result instanceof Original ? watch(result) : result;
        };
      },
      set(target, key, value) {
        touched += 1;
        target[Number(key)] = value;
        return true;
      },
    });
    real.set(watched, bytes);
    return watched;
  };

  const Original = globalThis.Uint8Array;
  const makers = ["alloc", "allocUnsafe", "allocUnsafeSlow", "concat", "from"] as const;
  const originals = makers.map((name) => Buffer[name]);
  try {
    globalThis.Uint8Array = new Proxy(Original, {
      construct(target, args) {
        return watch(Reflect.construct(target, args.map(unwrap)));
      },
    });
    for (const [index, name] of makers.entries()) {
      const make = originals[index] as (...args: unknown[]) => Uint8Array;
      Object.assign(Buffer, {
        [name]: (...args: unknown[]) => {
          const plain = args.map((arg) => (Array.isArray(arg) ? arg.map(unwrap) : unwrap(arg)));
          const made = make.apply(Buffer, plain);
          if (name === "concat" || name === "from") touched += made.length;
          return watch(made);
        },
      });
    }
    work(watch);
  } finally {
    globalThis.Uint8Array = Original;
    for (const [index, name] of makers.entries()) Object.assign(Buffer, { [name]: originals[index] });
  }
  return touched;
}
