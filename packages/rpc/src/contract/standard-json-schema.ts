import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { JsonSchema } from "./keywords.ts";
import { loosened } from "./loosened-schema.ts";
import { plainSchema } from "./plain-schema.ts";

interface Converter {
  input?(options: { readonly target: string }): unknown;
}

/** The JSON Schema of what a Standard Schema is given, if its library offers it (`~standard.jsonSchema`), else null. */
export function jsonSchemaOf(schema: StandardSchemaV1): JsonSchema | null {
  const { jsonSchema } = schema["~standard"] as { readonly jsonSchema?: Converter };
  if (typeof jsonSchema?.input !== "function") return null;
  try {
    return plainSchema(loosened(jsonSchema.input({ target: "draft-07" })), (why) => {
      throw new Error(why);
    });
  } catch {
    // Libraries throw for what JSON Schema cannot express.
    return null;
  }
}
