/** Each edit as a write: its request, its words, and its row as it will be. */

import type { Exemplar } from "../api/types";
import type { Wanted } from "./writes";

/** One edit of one exemplar, as the service takes it. */
export type Edit =
  | { operation: "relabel"; label: string }
  | {
      operation: "retime";
      start_seconds: number;
      end_seconds: number;
      stroke_seconds?: number | null;
    }
  | { operation: "reword"; word: string }
  | { operation: "flag"; add: readonly string[]; remove: readonly string[] }
  | { operation: "comment"; text: string }
  | { operation: "remove" }
  | { operation: "restore" };

/** The row after an edit, as far as it can be told without the service. */
export function edited(row: Exemplar, edit: Edit): Exemplar {
  switch (edit.operation) {
    case "relabel":
      return { ...row, label: edit.label, sense: edit.label, source: "curator" };
    case "retime":
      return {
        ...row,
        start_seconds: edit.start_seconds,
        end_seconds: edit.end_seconds,
        stroke_seconds: edit.stroke_seconds ?? row.stroke_seconds,
      };
    case "reword":
      return { ...row, word: edit.word };
    case "flag": {
      const kept = row.quality.filter((each) => !edit.remove.includes(each));
      return { ...row, quality: [...new Set([...kept, ...edit.add])] };
    }
    case "comment":
      return { ...row, comment: edit.text };
    case "remove":
      return { ...row, removed: true };
    case "restore":
      return { ...row, removed: false };
  }
}

/** An edit in words, without what it is done to. */
export function editWords(edit: Edit): string {
  switch (edit.operation) {
    case "relabel":
      return `label as ${edit.label}`;
    case "retime":
      return `move to ${edit.start_seconds.toFixed(2)}–${edit.end_seconds.toFixed(2)} s`;
    case "reword":
      return `write as “${edit.word}”`;
    case "flag":
      return [
        edit.add.length > 0 && `flag ${edit.add.join(", ")}`,
        edit.remove.length > 0 && `take away ${edit.remove.join(", ")}`,
      ]
        .filter(Boolean)
        .join("; ");
    case "comment":
      return edit.text ? "comment" : "clear the comment";
    case "remove":
      return "remove";
    case "restore":
      return "restore";
  }
}

/** The request for an edit of one exemplar. `row` is as shown, `known` as the service last told. */
export function editOne(row: Exemplar, known: Exemplar, edit: Edit, reason = ""): Wanted {
  const path = `/v1/exemplars/${row.id}`;
  const common = {
    words: `${editWords(edit)}: “${row.word}” (${row.id})`,
    revision: known.revision,
    exemplar: row.id,
    base: known,
    shown: [edited(row, edit)],
  };
  if (edit.operation === "remove") {
    const query = reason ? `?${new URLSearchParams({ reason })}` : "";
    return { ...common, method: "DELETE", path: path + query };
  }
  if (edit.operation === "restore") {
    return { ...common, method: "POST", path: `${path}/restore`, body: { reason } };
  }
  return { ...common, method: "PATCH", path, body: { edits: [edit], reason } };
}

/** Cut an exemplar's word in two at a time of its window. */
export function split(row: Exemplar, known: Exemplar, atSeconds: number, reason = ""): Wanted {
  return {
    words: `split “${row.word}” (${row.id}) at ${atSeconds.toFixed(2)} s`,
    method: "POST",
    path: `/v1/exemplars/${row.id}/split`,
    body: { at_seconds: atSeconds, reason },
    revision: known.revision,
    exemplar: row.id,
    base: known,
    shown: [{ ...row, end_seconds: atSeconds }],
  };
}

/** Join an exemplar with the one after it: the first takes the joint span. */
export function merge(first: Exemplar, second: Exemplar, reason = ""): Wanted {
  const joint = {
    ...first,
    end_seconds: second.window_start_seconds - first.window_start_seconds + second.end_seconds,
  };
  return {
    words: `merge “${first.word}” (${first.id}) with “${second.word}” (${second.id})`,
    method: "POST",
    path: "/v1/exemplars/merge",
    body: {
      ids: [first.id, second.id],
      if_revisions: [first.revision, second.revision],
      reason,
    },
    others: [first.id, second.id],
    shown: [joint, { ...second, removed: true }],
  };
}

/** Take an event back by its inverse; `shown` are its rows as they were before it. */
export function undoOf(
  seq: number,
  words: string,
  shown: readonly Exemplar[],
  role: "undo" | "redo" | "edit",
): Wanted {
  return { words, method: "POST", path: `/v1/versions/${seq}/undo`, body: {}, shown, role };
}
