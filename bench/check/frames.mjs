import { letters } from "../runner/letters.mjs";

const payloadBytes = 64;
const length = 512;

const frame = Buffer.concat([Buffer.from([0, 0, 0, payloadBytes]), letters(payloadBytes)]);

/** A chunk as a socket would hand it over, of so many frames of 64 B; the last one stands in it as a whole. */
export const framesIn = Object.freeze({ length, chunk: Buffer.concat(new Array(length).fill(frame)) });
