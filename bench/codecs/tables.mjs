import { frameFamilyTables } from "./frame-family.mjs";
import { jsonLinesTables } from "./json-lines.mjs";
import { lengthPrefixTables } from "./length-prefix.mjs";
import { textLinesTables } from "./text-lines.mjs";

/** Who decodes what; the first contestant of each is Parley's. */
export const codecTables = [
  ...lengthPrefixTables,
  ...textLinesTables,
  ...jsonLinesTables,
  ...frameFamilyTables,
];
