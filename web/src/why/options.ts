/** Fields for the retrieval options, made of the schema that the service tells of them. */

export type OptionField = { name: string; label: string; help: string } & (
  | { kind: "choice"; choices: readonly string[]; usual: string }
  | { kind: "number"; usual: number | null }
  | { kind: "list"; usual: readonly string[] }
);

interface Property {
  type?: string;
  enum?: string[];
  default?: unknown;
  anyOf?: { type?: string }[];
}

interface Definitions {
  $defs?: Record<string, { properties?: Record<string, Property> }>;
}

/** In plain words; options that are not named here are shown by their own name. */
const WORDS: Record<string, [label: string, help: string]> = {
  method: ["What asks", "which moments may ask for a gesture; auto lets all share one budget"],
  scorer: ["Score", "ours, or the published one"],
  placement: ["Placement", "strokes to the frame, whole seconds, or the published one"],
  before_seconds: ["Held before, s", "how long before its stroke an exemplar is held"],
  after_seconds: ["Held after, s", "how long behind its stroke an exemplar is held"],
  speaker: [
    "Own speaker",
    "prefer the speaker's own gestures, take only these, or look at no speaker",
  ],
  candidates: ["Candidates", "kept for each moment"],
  max_per_minute: ["Most per minute", "gestures in a minute"],
  minimum_gap_seconds: ["Least gap, s", "between two moments that ask"],
  minimum_gap_chunks: ["Free seconds", "between an insertion and the next"],
  minimum_probability: ["Least probability", "annotations below ask for nothing"],
  exclude_recordings: ["Not from recordings", "ids with commas between them"],
  exclude_exemplars: ["Not these exemplars", "numbers with commas between them"],
};
/** The order in which they matter; whatever else there is comes behind. */
const ORDER = Object.keys(WORDS);
/** Set elsewhere, or of no use for one talk. */
const LEFT_OUT = new Set(["weights", "recently_used", "strength"]);

/** Every retrieval option that can be chosen by hand. */
export function retrievalFields(schema: unknown): OptionField[] {
  const properties = definition(schema, "RetrievalOptions");
  return Object.entries(properties)
    .filter(([name]) => !LEFT_OUT.has(name))
    .sort(([one], [other]) => place(one) - place(other))
    .map(([name, property]) => fieldOf(name, property))
    .filter((field) => field !== undefined);
}

/** The weights of the default score with what they usually are. */
export function weightFields(schema: unknown): { name: string; usual: number }[] {
  return Object.entries(definition(schema, "Weights")).map(([name, property]) => ({
    name,
    usual: Number(property.default ?? 0),
  }));
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
  return Array.isArray(value) ? value.join(", ") : value === null ? "" : String(value);
}

function asTyped(field: OptionField, typed: string): unknown {
  switch (field.kind) {
    case "choice":
      return typed;
    case "number":
      return typed.trim() === "" || Number.isNaN(Number(typed)) ? undefined : Number(typed);
    case "list": {
      const parts = typed.split(/[\s,]+/).filter(Boolean);
      return field.name === "exclude_exemplars" ? parts.map(Number).filter(Boolean) : parts;
    }
  }
}

function fieldOf(name: string, property: Property): OptionField | undefined {
  const [label, help] = WORDS[name] ?? [name.replaceAll("_", " "), ""];
  const type = property.type ?? property.anyOf?.find((each) => each.type !== "null")?.type;
  const named = { name, label, help };
  if (property.enum) {
    return { ...named, kind: "choice", choices: property.enum, usual: String(property.default) };
  }
  if (type === "number" || type === "integer") {
    return { ...named, kind: "number", usual: (property.default ?? null) as number | null };
  }
  return type === "array" ? { ...named, kind: "list", usual: [] } : undefined;
}

function definition(schema: unknown, name: string): Record<string, Property> {
  return (schema as Definitions | undefined)?.$defs?.[name]?.properties ?? {};
}

function place(name: string): number {
  const found = ORDER.indexOf(name);
  return found < 0 ? ORDER.length : found;
}
