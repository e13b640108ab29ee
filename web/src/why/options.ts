/** Fields for the retrieval options, made of the schema that the service tells of them. */

interface Named {
  name: string;
  label: string;
  /** What it does, in a line. */
  help: string;
  /** What it is where nothing is chosen, in words. */
  usually: string;
}

export type OptionField = Named &
  (
    | { kind: "choice"; choices: readonly string[]; usual: string }
    | { kind: "switch"; usual: boolean }
    | {
        kind: "number";
        usual: number | null;
        whole: boolean;
        least: number | undefined;
        most: number | undefined;
      }
    | { kind: "list"; usual: readonly string[]; numbers: boolean }
    | { kind: "ages"; usual: Readonly<Record<string, number>> }
  );

export interface WeightField {
  name: string;
  usual: number;
  help: string;
  least: number | undefined;
  most: number | undefined;
}

interface Property {
  type?: string;
  enum?: string[];
  default?: unknown;
  description?: string;
  minimum?: number;
  maximum?: number;
  items?: { type?: string };
  anyOf?: { type?: string }[];
}

interface Definitions {
  $defs?: Record<string, { properties?: Record<string, Property> }>;
}

/** Shorter words than their names, and the order in which they matter; others come behind, by name. */
const LABELS: Record<string, string> = {
  method: "What asks",
  scorer: "Score",
  placement: "Placement",
  speaker: "Own speaker",
  fill_with_prosody: "Fill with prosody",
  before_seconds: "Held before, s",
  after_seconds: "Held after, s",
  strength: "Strength",
  candidates: "Candidates",
  max_per_minute: "Most per minute",
  minimum_gap_seconds: "Least gap, s",
  minimum_gap_chunks: "Free seconds",
  minimum_probability: "Least probability",
  exclude_recordings: "Not from recordings",
  exclude_exemplars: "Not these exemplars",
  recently_used: "Shown before",
};
const ORDER = Object.keys(LABELS);
/** Have a part of their own. */
const WEIGHTS = "weights";

/** Every retrieval option but the weights. */
export function retrievalFields(schema: unknown): OptionField[] {
  return Object.entries(definition(schema, "RetrievalOptions"))
    .filter(([name]) => name !== WEIGHTS)
    .sort(([one], [other]) => place(one) - place(other))
    .map(([name, property]) => fieldOf(name, property))
    .filter((field) => field !== undefined);
}

/** The weights of the default score with what they usually are. */
export function weightFields(schema: unknown): WeightField[] {
  return Object.entries(definition(schema, "Weights")).map(([name, property]) => ({
    name,
    usual: Number(property.default ?? 0),
    help: line(property.description),
    least: property.minimum,
    most: property.maximum,
  }));
}

/** The options of a job that are not as usual: what a question about the same would choose. */
export function unusual(
  schema: unknown,
  options: Record<string, unknown>,
): Record<string, unknown> {
  const chosen = retrievalFields(schema).flatMap(({ name, usual }): [string, unknown][] => {
    const value = options[name];
    const same = value === undefined || JSON.stringify(value) === JSON.stringify(usual);
    return same ? [] : [[name, value]];
  });
  const given = options[WEIGHTS] as Record<string, number> | null | undefined;
  const weighed = weightFields(schema).flatMap(({ name, usual }): [string, number][] => {
    const value = given?.[name];
    return value === undefined || value === usual ? [] : [[name, value]];
  });
  if (weighed.length) chosen.push([WEIGHTS, Object.fromEntries(weighed)]);
  return Object.fromEntries(chosen);
}

/** The chosen options with one changed; what is as usual is left out. */
export function chosen(
  retrieval: Record<string, unknown>,
  field: OptionField,
  typed: string,
): Record<string, unknown> {
  const { [field.name]: _, ...rest } = retrieval;
  const value = asTyped(field, typed);
  const usual = value === undefined || JSON.stringify(value) === JSON.stringify(field.usual);
  return usual ? rest : { ...rest, [field.name]: value };
}

/** The same for a weight. */
export function weighed(
  retrieval: Record<string, unknown>,
  name: string,
  usual: number,
  typed: string,
): Record<string, unknown> {
  const { weights, ...rest } = retrieval;
  const { [name]: _, ...others } = (weights ?? {}) as Record<string, number>;
  const value = typed.trim() === "" ? usual : Number(typed);
  const now = value === usual || Number.isNaN(value) ? others : { ...others, [name]: value };
  return Object.keys(now).length ? { ...rest, weights: now } : rest;
}

/** What a field shows now. */
export function typedOf(retrieval: Record<string, unknown>, field: OptionField): string {
  const value = retrieval[field.name] ?? field.usual;
  if (Array.isArray(value)) return value.join(", ");
  if (value === null) return "";
  if (typeof value !== "object") return String(value);
  return Object.entries(value)
    .map(([id, seconds]) => `${id}: ${seconds}`)
    .join(", ");
}

/** Between which numbers a field may be, in words; nothing where it has no limits. */
export function limitsText(least: number | undefined, most: number | undefined): string {
  return least === undefined || most === undefined ? "" : `${least} to ${most}`;
}

function asTyped(field: OptionField, typed: string): unknown {
  const parts = typed.split(/[\s,]+/).filter(Boolean);
  switch (field.kind) {
    case "choice":
      return typed;
    case "switch":
      return typed === "true";
    case "number":
      return typed.trim() === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed);
    case "list":
      return field.numbers ? parts.map(Number).filter(Boolean) : parts;
    case "ages":
      return Object.fromEntries(
        [...typed.matchAll(/(\d+)\s*:\s*(\d+(?:\.\d+)?)/g)].map(([, id, age]) => [id, Number(age)]),
      );
  }
}

function fieldOf(name: string, property: Property): OptionField | undefined {
  const type = property.type ?? property.anyOf?.find((each) => each.type !== "null")?.type;
  const { default: usual, minimum: least, maximum: most } = property;
  const named = {
    name,
    label: LABELS[name] ?? name.replaceAll("_", " "),
    help: line(property.description),
  };
  if (property.enum) {
    const spoken = String(usual).replaceAll("_", " ");
    return {
      ...named,
      kind: "choice",
      choices: property.enum,
      usual: String(usual),
      usually: spoken,
    };
  }
  switch (type) {
    case "boolean":
      return { ...named, kind: "switch", usual: usual === true, usually: usual ? "on" : "off" };
    case "number":
    case "integer": {
      const number = (usual ?? null) as number | null;
      const usually = number === null ? "left open" : String(number);
      const whole = type === "integer";
      return { ...named, kind: "number", usual: number, usually, whole, least, most };
    }
    case "array":
      return {
        ...named,
        kind: "list",
        usual: [],
        usually: "none",
        numbers: property.items?.type === "integer",
      };
    case "object":
      return { ...named, kind: "ages", usual: {}, usually: "none" };
    default:
      return undefined;
  }
}

/** A description as one line of plain words. */
function line(description: string | undefined): string {
  return (description ?? "").replaceAll("``", "").replace(/\s+/g, " ").trim();
}

function definition(schema: unknown, name: string): Record<string, Property> {
  return (schema as Definitions | undefined)?.$defs?.[name]?.properties ?? {};
}

function place(name: string): number {
  const found = ORDER.indexOf(name);
  return found < 0 ? ORDER.length : found;
}
