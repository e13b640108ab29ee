import type { Exemplar } from "../api/types";
import { LabelChip } from "../browse/LabelChip";
import { rows } from "../browse/listing";
import { neighbourOfTier, playheadSeconds } from "../browse/taken";
import { tell, tellProblem } from "../shell/notices";
import { TypedInput } from "../shell/TypedInput";
import { edit, isWaiting, submit } from "./desk";
import { draftOf, reason, retimeDraft, takenUp, takeReason, wrongWith } from "./drafts";
import { merge, split } from "./edits";
import { Flags } from "./Flags";
import { LabelPicker } from "./LabelPicker";
import { TextField } from "./TextField";
import "./edit.css";

/** Everything that can be changed of one exemplar. */
export function EditPanel({ row }: { row: Exemplar }) {
  const draft = takenUp.value?.id === row.id ? takenUp.value : undefined;
  return (
    <div class="edit">
      <Head row={row} />
      <LabelPicker key={`label-${row.id}`} row={row} />
      <div class="edit-grid">
        <TextField
          key={`word-${row.id}`}
          id={`word-${row.id}`}
          name={row.kind === "relation" ? "Connective" : "Word"}
          value={row.word}
          draft={draft?.word}
          save={(word) => word && change(row.id, { operation: "reword", word })}
        />
        <Times row={row} />
      </div>
      <Flags key={`flags-${row.id}`} row={row} />
      <TextField
        key={`comment-${row.id}`}
        id={`comment-${row.id}`}
        name="Comment"
        value={row.comment}
        draft={draft?.comment}
        long
        save={(text) => change(row.id, { operation: "comment", text })}
      />
      <label class="edit-reason">
        <span>Reason for the next edit</span>
        <input
          value={reason.value}
          placeholder="optional; stands in the history"
          maxLength={500}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
    </div>
  );
}

function Head({ row }: { row: Exemplar }) {
  return (
    <header class="edit-head">
      <h2>
        “{row.word}” <span class="soft small">{row.id}</span>
      </h2>
      <LabelChip label={row.sense} whole />
      <span class="soft small">
        {row.speaker_name} · {row.recording} · {row.source}, probability{" "}
        {row.probability.toFixed(2)}
        {isWaiting(row.id) && " · sending…"}
      </span>
      <div class="edit-acts">
        <button type="button" onClick={() => splitHere(row.id)}>
          Split here <kbd>⇧S</kbd>
        </button>
        <button type="button" onClick={() => mergeNext(row.id)}>
          Merge with next <kbd>⇧M</kbd>
        </button>
        {row.removed ? (
          <button type="button" class="first" onClick={() => removeOrRestore(row)}>
            Restore <kbd>Del</kbd>
          </button>
        ) : (
          <button type="button" class="danger" onClick={() => removeOrRestore(row)}>
            Remove <kbd>Del</kbd>
          </button>
        )}
      </div>
    </header>
  );
}

function Times({ row }: { row: Exemplar }) {
  const draft = draftOf(row.id);
  if (!draft) return null;
  const set = (field: "start" | "end" | "stroke", typed: string) => {
    retimeDraft.value = { ...draft, [field]: typed === "" ? Number.NaN : Number(typed) };
  };
  const wrong = retimeDraft.value && wrongWith(draft);
  return (
    <>
      {(["start", "end", "stroke"] as const).map((field) => (
        <label key={`${field}-${row.id}`} class="edit-field" for={`${field}-${row.id}`}>
          <span>{field}, s</span>
          <TypedInput
            id={`${field}-${row.id}`}
            live
            number={{ step: 0.01, least: 0, most: 10 }}
            wrong={Boolean(wrong)}
            value={numberText(draft[field])}
            onTyped={(typed) => set(field, typed)}
          />
        </label>
      ))}
    </>
  );
}

function numberText(seconds: number | undefined): string {
  return Number.isFinite(seconds) ? String(Math.round((seconds ?? 0) * 1000) / 1000) : "";
}

/** Remove an exemplar, or bring it back. */
export function removeOrRestore(row: Exemplar): void {
  change(row.id, { operation: row.removed ? "restore" : "remove" });
}

/** Cut the word in two where the playhead stands. */
export function splitHere(id: number): void {
  const [row, at] = [rows.get(id), playheadSeconds()];
  if (!row || at === undefined) return;
  if (at <= row.start_seconds || at >= row.end_seconds) {
    const span = `${row.start_seconds.toFixed(2)} and ${row.end_seconds.toFixed(2)} s`;
    tell(`The playhead stands at ${at.toFixed(2)} s; put it between ${span} to split there.`);
    return;
  }
  void submit(split(row, row, Math.round(at * 1000) / 1000, takeReason()));
}

/** Join the word with the next of its tier. */
export async function mergeNext(id: number): Promise<void> {
  const row = rows.get(id);
  if (!row) return;
  try {
    const next = await neighbourOfTier(row);
    if (!next) tell("There is no later exemplar on this tier of the window.");
    else void submit(merge(row, next, takeReason()));
  } catch (error) {
    tellProblem(error);
  }
}

function change(id: number, made: Parameters<typeof edit>[1]): void {
  if (takenUp.value?.id === id) takenUp.value = undefined;
  void edit(id, made, takeReason());
}
