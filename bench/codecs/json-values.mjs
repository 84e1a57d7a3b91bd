const request = (i) => ({ jsonrpc: "2.0", id: i, method: "add", params: { a: i % 97, b: 2 } });

/** A value whose JSON has about `bytes` bytes: one request, or an object with as many of them as fit. */
export function jsonValueOf(i, bytes) {
  const one = JSON.stringify(request(1000)).length + 1;
  const count = Math.floor((bytes - 20) / one);
  return count < 2
    ? request(i % 1000)
    : { id: i % 1000, batch: Array.from({ length: count }, (_, j) => request(j % 1000)) };
}
