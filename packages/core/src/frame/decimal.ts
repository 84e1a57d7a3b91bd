const zero = 0x30;

/** The value of an ASCII digit, or -1. */
export function digitOf(byte: number): number {
  const digit = byte - zero;
  return digit >= 0 && digit <= 9 ? digit : -1;
}

/** How many digits a whole number has. */
export function digitsOf(value: number): number {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** Writes a whole number in `digits` ASCII digits. */
export function writeDecimal(bytes: Uint8Array, at: number, value: number, digits: number): void {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place--) {
    bytes[place] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** So many digits fit into a number without rounding; a length of more is beyond every limit. */
export const maxExactDigits = 15;
