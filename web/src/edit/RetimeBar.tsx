import { rowShown } from "./desk";
import { retimeDraft, saveRetime, wrongWith } from "./drafts";
import { secondsText } from "./fields";

/** A new place on the timeline that is not saved yet: old and new times, save or cancel. */
export function RetimeBar({ id }: { id: number }) {
  const draft = retimeDraft.value;
  const row = rowShown(id);
  if (!row || draft?.id !== id) return null;
  const wrong = wrongWith(draft);
  return (
    <section class="retime" aria-label="New times, not saved">
      <dl>
        <Times name="start" before={row.start_seconds} after={draft.start} />
        <Times name="end" before={row.end_seconds} after={draft.end} />
        {draft.stroke !== undefined && (
          <Times name="stroke" before={row.stroke_seconds} after={draft.stroke} />
        )}
      </dl>
      {wrong && <p class="retime-wrong">{wrong}</p>}
      <button type="button" class="first" disabled={Boolean(wrong)} onClick={saveRetime}>
        Save <kbd>Enter</kbd>
      </button>
      <button
        type="button"
        onClick={() => {
          retimeDraft.value = undefined;
        }}
      >
        Cancel <kbd>Esc</kbd>
      </button>
    </section>
  );
}

function Times(props: { name: string; before: number | null; after: number }) {
  const before = secondsText(props.before);
  const after = secondsText(props.after);
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>
        {before === after ? (
          <span class="soft">{after}</span>
        ) : (
          <>
            <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
          </>
        )}
      </dd>
    </div>
  );
}
