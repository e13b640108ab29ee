import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { ask } from "../api/client";
import type { Outcome } from "../api/types";
import { ids, listed, selection } from "../browse/listing";
import { problemText, tell, tellProblem } from "../shell/notices";
import { type BulkAim, bulkBody, bulkOpen, bulkWrite, tooMany } from "./bulk";
import { submit, undo } from "./desk";
import { type Edit, editWords } from "./edits";
import { exemplarsText } from "./fields";
import { KNOWN_FLAGS } from "./flagNames";
import { everyLabel, learnLabels } from "./likely";
import { Preview } from "./Preview";
import "./dialogs.css";

const OPERATIONS = {
  flag: "Set a flag",
  unflag: "Take a flag away",
  relabel: "Relabel",
  reword: "Write the word as",
  comment: "Comment",
  remove: "Remove from the index",
  restore: "Restore",
} as const;
type Operation = keyof typeof OPERATIONS;

/** One edit of many exemplars: nothing is written before one saw the rows. */
export function BulkDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = bulkOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="bulk" aria-labelledby="bulk-title" onClose={shut}>
      {open && <Body />}
    </dialog>
  );
}

function shut(): void {
  bulkOpen.value = false;
}

function Body() {
  const aim = useRef<BulkAim>({
    chosen: [...selection.peek().chosen],
    filters: listed.peek(),
    found: ids.peek(),
  }).current;
  const edit = useSignal<Edit | undefined>(undefined);
  const reason = useSignal("");
  const shown = useSignal<Outcome | undefined>(undefined);
  const asking = useSignal(false);
  const problem = useSignal("");
  const count = aim.chosen.length || aim.found.length;
  const look = async () => {
    if (!edit.value) return;
    asking.value = true;
    problem.value = "";
    try {
      const body = bulkBody(aim, edit.value, reason.value);
      shown.value = await ask<Outcome>("/v1/exemplars/bulk", { method: "POST", body });
    } catch (error) {
      problem.value = problemText(error);
    } finally {
      asking.value = false;
    }
  };
  const apply = () => {
    if (!edit.value || !shown.value) return;
    const wanted = bulkWrite(aim, edit.value, reason.value, shown.value);
    submit(wanted).then(
      (answer) => {
        const done = exemplarsText(answer.total ?? 0);
        tell(`Done: ${done}, version ${answer.version ?? "–"}.`, {
          name: "Undo",
          run: () => void undo(),
        });
      },
      () => undefined,
    );
    shut();
  };
  const blocked = tooMany(aim);
  return (
    <>
      <h2 id="bulk-title">
        Edit {count.toLocaleString("en")} {aim.chosen.length > 0 ? "chosen" : "listed"}{" "}
        {count === 1 ? "exemplar" : "exemplars"}
      </h2>
      {blocked && <p class="retime-wrong">{blocked}</p>}
      <div class="bulk-form">
        <EditChoice
          choose={(made) => {
            edit.value = made;
            shown.value = undefined;
            problem.value = "";
          }}
        />
        <label class="bulk-reason">
          <span>Reason</span>
          <input
            value={reason.value}
            placeholder="stands in the history"
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
          />
        </label>
        <button
          type="button"
          disabled={!edit.value || asking.value || Boolean(blocked)}
          onClick={look}
        >
          {asking.value ? "Asking…" : "Show what changes"}
        </button>
      </div>
      {problem.value && (
        <p class="retime-wrong" role="alert">
          {problem.value}
        </p>
      )}
      {shown.value && (
        <section aria-label="What would change">
          <p role="status">
            {edit.value && editWords(edit.value)}:{" "}
            <strong>{exemplarsText(shown.value.total)}</strong>{" "}
            {shown.value.total === 1 ? "changes" : "change"}
            {shown.value.total < count && ", the others are so already"}
            {shown.value.total > count && "; these include other windows of the same annotations"}.
          </p>
          {shown.value.total > 0 && <Preview rows={shown.value.rows} total={shown.value.total} />}
        </section>
      )}
      <div class="dialog-acts">
        <button type="button" class="first" disabled={!shown.value?.total} onClick={apply}>
          Change {shown.value ? exemplarsText(shown.value.total) : "exemplars"}
        </button>
        <button type="button" onClick={shut}>
          Cancel
        </button>
        <span class="soft small">
          Exactly what is shown is changed, or nothing; undo takes it back.
        </span>
      </div>
    </>
  );
}

function EditChoice({ choose }: { choose: (edit: Edit | undefined) => void }) {
  const operation = useSignal<Operation>("flag");
  const value = useSignal("");
  useEffect(() => {
    learnLabels().catch(tellProblem);
  }, []);
  const tellEdit = () => choose(editOf(operation.value, value.value.trim()));
  const options = OPTIONS[operation.value]?.();
  const needed = operation.value !== "remove" && operation.value !== "restore";
  return (
    <>
      <label>
        <span>Edit</span>
        <select
          value={operation.value}
          onChange={(event) => {
            operation.value = event.currentTarget.value as Operation;
            value.value = "";
            tellEdit();
          }}
        >
          {Object.entries(OPERATIONS).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      {needed && (
        <label>
          <span>{OPERATIONS[operation.value]}</span>
          <input
            list="bulk-values"
            autocomplete="off"
            value={value.value}
            onInput={(event) => {
              value.value = event.currentTarget.value;
              tellEdit();
            }}
          />
        </label>
      )}
      <datalist id="bulk-values">
        {options?.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </>
  );
}

const OPTIONS: Partial<Record<Operation, () => readonly string[]>> = {
  flag: () => KNOWN_FLAGS,
  unflag: () => KNOWN_FLAGS,
  relabel: () => [...everyLabel.value.gesture, ...everyLabel.value.relation],
};

function editOf(operation: Operation, value: string): Edit | undefined {
  if (operation === "remove" || operation === "restore") return { operation };
  if (!value) return undefined;
  switch (operation) {
    case "flag":
      return { operation: "flag", add: [value], remove: [] };
    case "unflag":
      return { operation: "flag", add: [], remove: [value] };
    case "relabel":
      return { operation, label: value };
    case "reword":
      return { operation, word: value };
    case "comment":
      return { operation, text: value };
  }
}
