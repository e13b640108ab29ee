/** Which part of a talk is shown, and where things lie in it. */

export interface Shown {
  from: number;
  to: number;
}

/** A talk up to this long is shown whole. */
export const WHOLE_SECONDS = 45;

/** The part of a talk around a time; never over its ends. */
export function around(seconds: number, length: number): Shown {
  if (length <= WHOLE_SECONDS) return { from: 0, to: Math.max(length, 0.1) };
  const from = Math.min(Math.max(0, seconds - WHOLE_SECONDS / 2), length - WHOLE_SECONDS);
  return { from, to: from + WHOLE_SECONDS };
}

/** Place of a time in percent of what is shown. */
export function percent(seconds: number, shown: Shown): number {
  return (100 * (seconds - shown.from)) / (shown.to - shown.from);
}

/** Round times for a scale, about as many as asked for. */
export function ticks(shown: Shown, most = 10): number[] {
  const step = [0.5, 1, 2, 5, 10, 15, 30, 60].find(
    (each) => (shown.to - shown.from) / each <= most,
  );
  const every = step ?? 120;
  const first = Math.ceil(shown.from / every);
  const count = Math.floor(shown.to / every) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, number) => (first + number) * every);
}

/** A letter takes about so much of the timeline's width, in percent. */
const LETTER_PERCENT = 0.62;

/** Which words can be written whole without running into the next one. */
export function legible<W extends { word: string; start: number }>(
  words: readonly W[],
  shown: Shown,
): W[] {
  let free = Number.NEGATIVE_INFINITY;
  return words.filter((each) => {
    const left = percent(each.start, shown);
    if (left < free) return false;
    free = left + (each.word.length + 1) * LETTER_PERCENT;
    return true;
  });
}

/** Rows for things that would lie on each other, the first row that has room for each. */
export function rowsOf(places: readonly number[], least: number): number[] {
  const ends: number[] = [];
  return places.map((place) => {
    const row = ends.findIndex((end) => place - end >= least);
    const chosen = row < 0 ? ends.length : row;
    ends[chosen] = place;
    return chosen;
  });
}

/** How long a talk is, as far as its words and insertions tell. */
export function lengthOf(
  words: readonly { end: number }[],
  moments: readonly {
    time_seconds: number;
    placed: { target_end_seconds: number } | null;
  }[],
): number {
  const ends = moments.map((each) => each.placed?.target_end_seconds ?? each.time_seconds);
  return Math.max(0, words.at(-1)?.end ?? 0, ...ends);
}
