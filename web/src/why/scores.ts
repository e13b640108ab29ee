/** Scores as aligned columns of bars: one column a term, all bars of one scale. */

import type { Candidate, Explanation, Term } from "./explanation";

export interface TermColumn {
  name: string;
  /** Heads the column. */
  label: string;
  /** What it says, for the legend. */
  help: string;
  /** The most it can give or take, where the weights tell. */
  weight: number | undefined;
}

export interface Bar {
  /** Signed. */
  value: number;
  /** Of the column's width, 0 to 1. */
  share: number;
  against: boolean;
  why: string;
}

const KNOWN: readonly [name: string, label: string, help: string][] = [
  ["label", "label", "same sense of the relation, or same gesture type"],
  ["word", "word", "the exemplar's word is the same, or means about the same"],
  ["context", "meaning", "the sentences mean alike"],
  ["text", "wording", "the sentences run alike word by word"],
  ["contour", "contour", "prominence rises and falls alike"],
  ["speaker", "speaker", "same speaker"],
  ["prominence", "emphasis", "spoken about as strongly"],
  ["stroke", "stroke", "the stroke falls on the word's stress"],
  ["overshadowed", "shadow", "taken away: a stronger word beside it may own the gesture"],
  ["quality", "quality", "taken away: quality flags"],
  ["recent", "recent", "taken away: shown a short time before"],
];

/** The columns that at least one candidate needs, in a fixed order. */
export function columnsOf(
  candidates: readonly Candidate[],
  weights: Explanation["weights"],
): TermColumn[] {
  const used = new Set(candidates.flatMap((each) => each.terms.map((term) => term.name)));
  const known = KNOWN.filter(([name]) => used.delete(name));
  const others = [...used].map((name): [string, string, string] => [name, name, name]);
  return [...known, ...others].map(([name, label, help]) => ({
    name,
    label,
    help,
    weight: weightOf(name, weights),
  }));
}

/** One candidate's bar in a column; terms of one name, such as several flags, add up. */
export function barOf(candidate: Candidate, column: TermColumn, scale: number): Bar | undefined {
  const terms = candidate.terms.filter((term) => term.name === column.name);
  if (!terms.length) return undefined;
  const value = sum(terms);
  return {
    value,
    share: scale > 0 ? Math.min(1, Math.abs(value) / scale) : 0,
    against: value < 0,
    why: terms.map((term) => term.why).join("; "),
  };
}

/** What a full bar of a column stands for: its weight, or the largest value that was found. */
export function scaleOf(candidates: readonly Candidate[], column: TermColumn): number {
  const found = candidates.map((each) =>
    Math.abs(sum(each.terms.filter((term) => term.name === column.name))),
  );
  return Math.max(column.weight ?? 0, ...found, 0);
}

/** Where two candidates differ most, in words; what explains a margin. */
export function differences(one: Candidate, other: Candidate, most = 3): string[] {
  const names = new Set([...one.terms, ...other.terms].map((term) => term.name));
  return [...names]
    .map((name) => ({ name, by: of(one, name) - of(other, name) }))
    .filter(({ by }) => Math.abs(by) >= 0.005)
    .sort((a, b) => Math.abs(b.by) - Math.abs(a.by))
    .slice(0, most)
    .map(({ name, by }) => `${labelOf(name)} ${signed(by)}`);
}

export function signed(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : `+${text}`;
}

function labelOf(name: string): string {
  return KNOWN.find(([known]) => known === name)?.[1] ?? name;
}

function of(candidate: Candidate, name: string): number {
  return sum(candidate.terms.filter((term) => term.name === name));
}

function sum(terms: readonly Term[]): number {
  return terms.reduce((total, term) => total + term.value, 0);
}

/** A same word has a premium beside its meaning; flags have weights of their own. */
function weightOf(name: string, weights: Explanation["weights"]): number | undefined {
  if (name === "quality") return undefined;
  const weight = weights[name];
  if (weight === undefined) return undefined;
  return name === "word" ? weight + (weights.same_word ?? 0) : weight;
}
