/** Senses and gesture types: which is which, how they are shortened, coloured and nested. */

export const GESTURE_TYPES = ["beat", "deictic", "iconic", "metaphoric"] as const;
const TOP_SENSES = ["Comparison", "Contingency", "Expansion", "Temporal"] as const;
export type Counts = Readonly<Record<string, number>>;

/** A sense with those below it. */
export interface SenseNode {
  /** The whole sense: `Contingency.Cause`. */
  path: string;
  /** Its last part: `Cause`. */
  name: string;
  /** Exemplars of it and of all below. */
  count: number;
  children: readonly SenseNode[];
}

/** Whether a label is a gesture type; all others are senses. */
export function isGesture(label: string): boolean {
  return (GESTURE_TYPES as readonly string[]).includes(label);
}

/** Which of the palette's colours a label has. */
export function hueOf(label: string): number {
  const type = (GESTURE_TYPES as readonly string[]).indexOf(label);
  if (type >= 0) return [3, 1, 6, 4][type] ?? 7;
  const top = TOP_SENSES.findIndex((each) => label.startsWith(each));
  return [2, 0, 5, 7][top] ?? 7;
}

/** A sense without its class where more remains: `Cause.Reason`. */
export function shortLabel(label: string): string {
  const [top, ...rest] = label.split(".");
  return rest.length > 0 ? rest.join(".") : (top ?? label);
}

/** The senses of some counts as a tree, by name; counts of a node include those below. */
export function senseTree(counts: Counts): SenseNode[] {
  const senses = Object.entries(counts).filter(([label]) => !isGesture(label));
  return below("", senses);
}

function below(prefix: string, senses: readonly (readonly [string, number])[]): SenseNode[] {
  const start = prefix ? `${prefix}.` : "";
  const inside = senses.filter(([label]) => label.startsWith(start) && label !== prefix);
  const names = new Set(inside.map(([label]) => label.slice(start.length).split(".")[0] ?? ""));
  return [...names].sort().map((name) => {
    const path = start + name;
    const within = inside.filter(([label]) => label === path || label.startsWith(`${path}.`));
    const count = within.reduce((sum, [, each]) => sum + each, 0);
    return { name, path, count, children: below(path, within) };
  });
}

/** Every path of a tree, as it is read from top to bottom. */
export function flattened(nodes: readonly SenseNode[]): SenseNode[] {
  return nodes.flatMap((node) => [node, ...flattened(node.children)]);
}

/** One class of durations. */
export interface Bin {
  from: number;
  /** None where it has no end. */
  to: number | undefined;
  count: number;
}

/** Classes of durations in order, from the service's names such as `0.25-0.5` and `2-`. */
export function binsOf(counts: Counts): Bin[] {
  const bounds = ["0", "0.25", "0.5", "1", "2", ""];
  return bounds.slice(0, -1).map((from, place) => {
    const to = bounds[place + 1] ?? "";
    return {
      from: Number(from),
      to: to === "" ? undefined : Number(to),
      count: counts[`${from}-${to}`] ?? 0,
    };
  });
}
