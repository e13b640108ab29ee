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
