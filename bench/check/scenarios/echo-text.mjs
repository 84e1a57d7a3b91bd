import { textLines } from "@parley/core";
import { echo } from "@parley/server";
import { letters } from "../../runner/letters.mjs";
import { echoed } from "../echoed.mjs";

const length = 512;
const chunk = Buffer.from(`${letters(63).toString()}\n`.repeat(length));

export default echoed("a connection echoes lines of text", () => ({ codec: textLines(), handler: echo() }), {
  chunk,
  length,
});
