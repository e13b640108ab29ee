/** Which row one is at, and which rows are chosen for an edit of many. */

export interface Selection {
  /** Place in the list; -1 where it is empty. */
  at: number;
  /** Where a stretch of chosen rows began. */
  anchor: number;
  chosen: ReadonlySet<number>;
}

export const NOTHING: Selection = { at: -1, anchor: -1, chosen: new Set() };

/** Go to a place; the nearest that there is. */
export function moved(one: Selection, ids: readonly number[], to: number): Selection {
  const at = Math.max(Math.min(to, ids.length - 1), ids.length > 0 ? 0 : -1);
  return { ...one, at, anchor: at };
}

/** Go to a place and choose everything on the way. */
export function extended(one: Selection, ids: readonly number[], to: number): Selection {
  const at = Math.max(0, Math.min(to, ids.length - 1));
  const anchor = one.anchor < 0 ? at : one.anchor;
  const [low, high] = [Math.min(anchor, at), Math.max(anchor, at)];
  const chosen = new Set(one.chosen);
  for (const id of ids.slice(low, high + 1)) chosen.add(id);
  return { at, anchor, chosen };
}

/** Choose the row that one is at, or choose it no longer. */
export function chosenAt(one: Selection, ids: readonly number[], at = one.at): Selection {
  const id = ids[at];
  if (id === undefined) return one;
  const chosen = new Set(one.chosen);
  if (!chosen.delete(id)) chosen.add(id);
  return { at, anchor: at, chosen };
}

/** Choose all rows; none where all are chosen. */
export function allChosen(one: Selection, ids: readonly number[]): Selection {
  return { ...one, chosen: one.chosen.size === ids.length ? new Set() : new Set(ids) };
}

/** The same row in another list, by its id; the same place where it is gone. */
export function carriedOver(
  one: Selection,
  before: readonly number[],
  ids: readonly number[],
): Selection {
  const there = new Set(ids);
  const found = ids.indexOf(before[one.at] ?? -1);
  const at = found >= 0 ? found : Math.min(Math.max(one.at, 0), ids.length - 1);
  return { at, anchor: at, chosen: new Set([...one.chosen].filter((id) => there.has(id))) };
}
