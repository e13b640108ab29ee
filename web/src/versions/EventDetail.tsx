import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client";
import type { Diff, Version } from "../api/types";
import { undoEvent, whenText } from "../edit/History";
import { hashOf } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { ChangedRows } from "./ChangedRows";
import type { Question } from "./Confirm";
import { promiseWords } from "./promises";
import { liveTag, promote, putTag, rollBack, tags } from "./state";

interface EventDetailProps {
  seq: number;
  confirm: (question: Question) => void;
}

/** One event: who, what, when, why, the rows that it changed, and what can be done with it. */
export function EventDetail({ seq, confirm }: EventDetailProps) {
  const event = useSignal<Version | undefined>(undefined);
  const rows = useSignal<Diff | undefined>(undefined);
  useEffect(() => {
    const asked = new AbortController();
    const { signal } = asked;
    Promise.all([
      ask<Version>(`/v1/versions/${seq}`, { signal }),
      ask<Diff>(`/v1/versions/${seq - 1}/diff/${seq}`, { signal }),
    ]).then(([found, changed]) => {
      event.value = found;
      rows.value = changed;
    }, tellProblem);
    return () => asked.abort();
  }, [seq, event, rows]);
  const shown = event.value;
  if (shown?.seq !== seq) return <p class="soft">…</p>;
  return (
    <section aria-label={`Version ${seq}`}>
      <h2>
        Version {seq}: {shown.operation} {shown.subject}
      </h2>
      <p>
        {shown.actor}, <time dateTime={shown.at}>{whenText(shown.at)}</time>
        {shown.undoes !== null && `, takes back version ${shown.undoes}`}
        {shown.reason && <em class="history-reason"> {shown.reason}</em>}
      </p>
      <Acts event={shown} confirm={confirm} />
      <p class="small">
        <a href={hashOf("jobs", { version: String(seq) })}>Jobs that ran on this version</a>
      </p>
      {rows.value && <ChangedRows diff={rows.value} />}
    </section>
  );
}

function Acts({ event, confirm }: { event: Version; confirm: EventDetailProps["confirm"] }) {
  const name = useSignal("");
  const { seq } = event;
  const live = liveTag(tags.value);
  const ask = (title: string, step: "promote" | "rollback", run: () => Promise<void>) =>
    confirm({ title, words: promiseWords(step, seq, live), act: title, run });
  return (
    <div class="dialog-acts version-acts">
      {event.changed > 0 && event.operation !== "cut" && (
        <button type="button" onClick={() => undoEvent(seq, event.operation)}>
          Undo this
        </button>
      )}
      {live && live.version < seq && (
        <button
          type="button"
          onClick={() => ask(`Promote version ${seq}`, "promote", () => promote(seq, false))}
        >
          Promote to live
        </button>
      )}
      {live && live.version > seq && (
        <button
          type="button"
          onClick={() => ask(`Roll back to ${seq}`, "rollback", () => rollBack(seq))}
        >
          Roll live back to here
        </button>
      )}
      <form
        class="version-tag"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          const wanted = name.value.trim();
          const known = tags.value.find((tag) => tag.name === wanted);
          name.value = "";
          if (wanted) void putTag(wanted, seq, known);
        }}
      >
        <input
          aria-label={`Name for version ${seq}`}
          placeholder="show-2026"
          pattern="[a-z0-9][a-z0-9._\-]*"
          title="small letters, digits, dots, - and _"
          value={name.value}
          onInput={(typed) => {
            name.value = typed.currentTarget.value;
          }}
        />
        <button type="submit">Tag here</button>
      </form>
    </div>
  );
}
