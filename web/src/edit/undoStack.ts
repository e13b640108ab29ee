/** What this tab did and can take back, and what it took back and can do again. */

import type { RowChange } from "../api/types";

/** Something done: its event, its words, and its rows (the first of them). */
export interface Step {
  seq: number;
  words: string;
  rows: readonly RowChange[];
}

export interface UndoStack {
  done: readonly Step[];
  undone: readonly Step[];
}

export const NOTHING_DONE: UndoStack = { done: [], undone: [] };
const MOST = 100;

/** After a new edit: nothing can be redone any more. */
export function did(stack: UndoStack, step: Step): UndoStack {
  return { done: [...stack.done, step].slice(-MOST), undone: [] };
}

/** After an undo: `inverse` is the event that a redo takes back. */
export function tookBack(stack: UndoStack, seq: number, inverse: Step): UndoStack {
  return {
    done: stack.done.filter((each) => each.seq !== seq),
    undone: [...stack.undone, inverse],
  };
}

/** After a redo: `again` is the event that an undo takes back. */
export function redid(stack: UndoStack, seq: number, again: Step): UndoStack {
  return {
    done: [...stack.done, again].slice(-MOST),
    undone: stack.undone.filter((each) => each.seq !== seq),
  };
}

/** Without an event that cannot be taken back any more. */
export function without(stack: UndoStack, seq: number): UndoStack {
  return {
    done: stack.done.filter((each) => each.seq !== seq),
    undone: stack.undone.filter((each) => each.seq !== seq),
  };
}

/** Without what another stack held already. */
export function apart(stack: UndoStack, other: UndoStack): UndoStack {
  const foreign = new Set([...other.done, ...other.undone].map((each) => each.seq));
  const own = (each: Step) => !foreign.has(each.seq);
  return { done: stack.done.filter(own), undone: stack.undone.filter(own) };
}

/** What was done before and what was done since. */
export function joined(before: UndoStack, since: UndoStack): UndoStack {
  return {
    done: [...before.done, ...since.done].slice(-MOST),
    undone: [...before.undone, ...since.undone],
  };
}
