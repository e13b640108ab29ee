import { useEffect, useRef } from "preact/hooks";
import type { Exemplar } from "../api/types";
import { rows } from "../browse/listing";
import { againstTheirs, type Conflict, conflictFields, meant, seenRevision } from "./conflict";
import { conflict, discard, submit } from "./desk";
import { reason, retimeDraft, takenUp } from "./drafts";
import { editWords } from "./edits";
import "./dialogs.css";

/** Somebody was faster: both values side by side, and three ways on. */
export function ConflictDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const found = conflict.value;
  useEffect(() => {
    if (found && !dialog.current?.open) dialog.current?.showModal();
    if (!found && dialog.current?.open) dialog.current?.close();
  }, [found]);
  return (
    <dialog ref={dialog} class="conflict" aria-labelledby="conflict-title" onCancel={prevent}>
      {found && <Body found={found} />}
    </dialog>
  );
}

function Body({ found }: { found: Conflict }) {
  const { theirs, write } = found;
  return (
    <>
      <h2 id="conflict-title">Exemplar {theirs.id} was edited meanwhile</h2>
      <p>
        Your edit, {write.words}, was made for revision {seenRevision(found)}; it is now at revision{" "}
        {theirs.revision}. Nothing was changed. Rows that differ are marked.
      </p>
      <table class="conflict-table">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before both</th>
            <th scope="col">Yours</th>
            <th scope="col">Theirs</th>
          </tr>
        </thead>
        <tbody>
          {conflictFields(found).map((field) => (
            <tr key={field.name} class={field.differs ? "conflict-differs" : ""}>
              <th scope="row">
                {field.name}
                {field.differs && <span class="conflict-mark"> ≠</span>}
                {field.differs && <span class="unseen"> differs</span>}
              </th>
              <td class="soft">{field.base ?? "–"}</td>
              <td>{field.mine}</td>
              <td>{field.theirs}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div class="dialog-acts">
        <button type="button" class="first" onClick={() => takeMine(found)}>
          Take mine
        </button>
        <button type="button" onClick={() => takeTheirs(found)}>
          Take theirs
        </button>
        <button type="button" onClick={() => editFurther(found)}>
          Edit further
        </button>
        <span class="soft small">
          Mine: your edit is made on top of theirs. Theirs: your edit is dropped.
        </span>
      </div>
    </>
  );
}

function takeMine(found: Conflict): void {
  rows.put([found.theirs]);
  discard(found.write.id);
  void submit(againstTheirs(found));
}

function takeTheirs(found: Conflict): void {
  rows.put([found.theirs]);
  discard(found.write.id);
}

/** Theirs is shown; my times, if I had moved it, wait as a draft, and my edit as the reason. */
function editFurther(found: Conflict): void {
  takeTheirs(found);
  takenUp.value = meant(found);
  const { mine, write } = found;
  if (write.base && timesOf(mine) !== timesOf(write.base)) {
    retimeDraft.value = {
      id: mine.id,
      start: mine.start_seconds,
      end: mine.end_seconds,
      stroke: mine.stroke_seconds ?? undefined,
    };
  }
  if (write.base && mine.sense !== write.base.sense) {
    reason.value = `instead of: ${editWords({ operation: "relabel", label: mine.sense })}`;
  }
}

function timesOf(row: Exemplar): string {
  return [row.start_seconds, row.end_seconds, row.stroke_seconds].join(" ");
}

function prevent(event: Event): void {
  event.preventDefault();
}
