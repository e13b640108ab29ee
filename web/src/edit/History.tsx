import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client";
import type { Histories } from "../api/types";
import { hashOf } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { editsDone, submit } from "./desk";
import { undoOf } from "./edits";
import { FieldChanges } from "./FieldChanges";

/** Who changed an exemplar, when, why and how; newest first. */
export function History({ id }: { id: number }) {
  const found = useSignal<Histories | undefined>(undefined);
  const changed = editsDone.value;
  useEffect(() => {
    const asked = new AbortController();
    ask<Histories>(`/v1/exemplars/${id}/history`, { signal: asked.signal }).then((answer) => {
      found.value = answer;
    }, tellProblem);
    return () => asked.abort();
  }, [id, changed, found]);
  const history = found.value;
  if (history?.id !== id) return <p class="soft inspector-pad">…</p>;
  return (
    <ol class="history" aria-label="History, newest first">
      {history.changes.toReversed().map(({ event, before, after }) => (
        <li key={event.seq}>
          <div class="history-head">
            <strong>{event.actor}</strong>
            <span>{event.operation}</span>
            <a class="small" href={hashOf("versions", { seq: String(event.seq) })}>
              version {event.seq}
            </a>
            <span class="history-gap" />
            <time class="soft small" dateTime={event.at}>
              {whenText(event.at)}
            </time>
          </div>
          {event.reason && <p class="history-reason">{event.reason}</p>}
          <FieldChanges before={before} after={after} />
          {before && (
            <button type="button" onClick={() => undoEvent(event.seq, event.operation)}>
              Undo this
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

/** Take back any event of the index, also one by others. */
export function undoEvent(seq: number, words: string): void {
  void submit(undoOf(seq, `take back ${words} (version ${seq})`, [], "edit"));
}

/** A moment in the reader's own time: `21 Nov, 14:05`. */
export function whenText(at: string): string {
  const moment = new Date(at);
  const day = moment.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  const time = moment.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return `${day}, ${time}`;
}
