import type { ErrorObject, ValidateFunction } from "ajv";
import { expectation, oneOfText } from "./expectation.ts";
import { counted, foundSize, foundType, foundValue, shownPath, shownText } from "./found.ts";
import { isRecord, type JsonSchema, pointedAt, pointerTo } from "./keywords.ts";
import type { MismatchIssue } from "./mismatch.ts";

/** How many issues are told of one value. */
const maxIssues = 10;
const maxPatternShown = 100;

/** Errors of these come behind those that led to them, and stand for them. */
const summing = new Set(["oneOf", "contains", "propertyNames"]);

/** Where the errors come from. */
export interface ErrorSource {
  readonly root: JsonSchema;
  /** The validator of a schema within the root. */
  validator(fragment: string): ValidateFunction;
}

/** What ajv found, for people; `at` is where the value itself stands. */
export function issuesOf(
  errors: readonly ErrorObject[],
  source: ErrorSource,
  at = "",
): readonly MismatchIssue[] {
  const issues = new Map<string, MismatchIssue>();
  let summed: string[] = [];
  for (const error of errors.toReversed()) {
    if (issues.size === maxIssues) break;
    const path = error.instancePath;
    if (summed.some((outer) => path === outer || path.startsWith(`${outer}/`))) continue;
    if (isUnion(error)) {
      summed = [...summed, path];
      for (const issue of unionIssues(error, source, at))
        issues.set(`${issue.path} ${issue.expected}`, issue);
    } else if (error.keyword !== "if") {
      if (summing.has(error.keyword)) summed = [...summed, path];
      const issue = issueOf(error, at);
      issues.set(`${issue.path} ${issue.expected}`, issue);
    }
  }
  const told = [...issues.values()].toReversed().slice(0, maxIssues);
  return told.length === 0
    ? [{ path: shownPath(at), expected: "as its schema says", actual: "something else" }]
    : told;
}

function isUnion({ keyword, params }: ErrorObject): boolean {
  return keyword === "anyOf" || (keyword === "oneOf" && params["passingSchemas"] === null);
}

/** The issues of the branch that was meant, if that can be told, else the union's own. */
function unionIssues(error: ErrorObject, source: ErrorSource, at: string): readonly MismatchIssue[] {
  const branches = error.schema as readonly unknown[];
  const meant = branches
    .map((branch, index) => ({ branch: resolved(branch, source.root), index }))
    .filter(({ branch }) => isMeant(branch, error.data));
  const [only] = meant;
  if (meant.length === 1 && only !== undefined) {
    const validate = source.validator(`${error.schemaPath.slice(1)}/${only.index}`);
    if (!validate(error.data)) return issuesOf(validate.errors ?? [], source, `${at}${error.instancePath}`);
  }
  return [
    {
      path: shownPath(`${at}${error.instancePath}`),
      expected: expectation({ anyOf: branches.map((branch) => resolved(branch, source.root)) }),
      actual: foundValue(error.data),
    },
  ];
}

function resolved(branch: unknown, root: JsonSchema): unknown {
  const reference = isRecord(branch) ? branch["$ref"] : undefined;
  return typeof reference === "string" ? pointedAt(root, reference.slice(1)) : branch;
}

/** Whether the value is of the branch's type, and has its constants. */
function isMeant(branch: unknown, value: unknown): boolean {
  if (!isRecord(branch) || "const" in branch || "enum" in branch) return false;
  const { type, properties } = branch;
  if (type !== undefined && !(Array.isArray(type) ? type : [type]).includes(jsonType(value))) return false;
  if (!isRecord(properties) || !isRecord(value)) return true;
  return Object.entries(properties).every(
    ([name, schema]) => !isRecord(schema) || !("const" in schema) || schema["const"] === value[name],
  );
}

function jsonType(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function issueOf(error: ErrorObject, at: string): MismatchIssue {
  const { keyword, data, parentSchema } = error;
  const params = error.params as Readonly<Record<string, unknown>>;
  const here = `${at}${error.instancePath}`;
  const issue = (expected: string, actual: string, path = here): MismatchIssue => ({
    path: shownPath(path),
    expected,
    actual,
  });
  const limit = params["limit"] as number;
  switch (keyword) {
    case "required":
    case "dependencies": {
      const name = String(params["missingProperty"]);
      const properties = parentSchema?.["properties"];
      const wanted = isRecord(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
      return issue(expectation(wanted), "nothing", pointerTo(here, name));
    }
    case "additionalProperties": {
      const name = String(params["additionalProperty"]);
      const value = (data as Readonly<Record<string, unknown>>)[name];
      return issue("absent", foundType(value), pointerTo(here, name));
    }
    case "propertyNames":
      return issue("a name that is allowed", "another", pointerTo(here, String(params["propertyName"])));
    case "false schema":
      return issue("absent", foundType(data));
    case "enum":
      return issue(oneOfText(params["allowedValues"] as unknown[]), foundValue(data));
    case "const":
      return issue(oneOfText([params["allowedValue"]]), foundValue(data));
    case "minimum":
      return issue(`at least ${limit}`, foundValue(data));
    case "maximum":
      return issue(`at most ${limit}`, foundValue(data));
    case "exclusiveMinimum":
      return issue(`more than ${limit}`, foundValue(data));
    case "exclusiveMaximum":
      return issue(`less than ${limit}`, foundValue(data));
    case "multipleOf":
      return issue(`a multiple of ${String(params["multipleOf"])}`, foundValue(data));
    case "safeInteger":
      return issue("integer within ±9007199254740991", foundValue(data));
    case "minLength":
      return issue(`at least ${counted(limit, "character")}`, foundSize(data));
    case "maxLength":
      return issue(`at most ${counted(limit, "character")}`, foundSize(data));
    case "minItems":
      return issue(`at least ${counted(limit, "item")}`, foundSize(data));
    case "maxItems":
    case "additionalItems":
      return issue(`at most ${counted(limit, "item")}`, foundSize(data));
    case "minProperties":
      return issue(`at least ${counted(limit, "member")}`, foundSize(data));
    case "maxProperties":
      return issue(`at most ${counted(limit, "member")}`, foundSize(data));
    case "uniqueItems": {
      const [first, second] = [params["i"] as number, params["j"] as number].sort((i, j) => i - j);
      return issue("items that differ", `items ${first} and ${second} alike`);
    }
    case "pattern":
      return issue(
        `a string that matches ${shownText(String(params["pattern"]), maxPatternShown)}`,
        foundValue(data),
      );
    case "format":
      return issue(`a string of the format ${String(params["format"])}`, foundValue(data));
    case "contains":
      return issue("an array with an item that matches", foundSize(data));
    case "oneOf":
      return issue("of exactly one of the forms", foundType(data));
    case "not":
      return issue("anything else", foundValue(data));
    case "type":
      return issue(expectation(parentSchema), wrongType(data, params["type"]));
    default:
      return issue(
        expectation(parentSchema),
        keyword === "base64" || keyword === "decimal" ? foundValue(data) : foundType(data),
      );
  }
}

/** 1.5 is no integer; that it is a number does not say why. */
function wrongType(data: unknown, wanted: unknown): string {
  return typeof data === "number" && wanted === "integer" ? foundValue(data) : foundType(data);
}
