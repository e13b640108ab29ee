import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome } from "../api/types";
import { recordOutcome } from "../edit/desk";
import { Preview } from "../edit/Preview";
import { tell, tellProblem } from "../shell/notices";
import { type BadCell, badCells, exchangeOpen, exportTable, importTable } from "./exchange";
import { ids, listed } from "./listing";
import "../edit/dialogs.css";

/** Exemplars as tables: out by the current filters, in with a look at what changes. */
export function ExchangeDialog() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = exchangeOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="exchange" aria-labelledby="exchange-title" onClose={shut}>
      {open && (
        <>
          <h2 id="exchange-title">Tables</h2>
          <Export />
          <Import />
          <div class="dialog-acts">
            <button type="button" onClick={shut}>
              Close
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}

function shut(): void {
  exchangeOpen.value = false;
}

function Export() {
  const count = ids.value.length.toLocaleString("en");
  const save = (kind: "csv" | "parquet") => () => {
    exportTable(listed.value, kind).catch(tellProblem);
  };
  return (
    <section aria-labelledby="export-title">
      <h3 id="export-title">Out: {count} listed exemplars</h3>
      <p class="soft">
        One row each. Edit the table and bring it back below; rows are found by id.
      </p>
      <button type="button" onClick={save("csv")}>
        Save as CSV
      </button>{" "}
      <button type="button" onClick={save("parquet")}>
        Save as Parquet
      </button>
    </section>
  );
}

function Import() {
  const file = useSignal<File | undefined>(undefined);
  const key = useSignal("");
  const reason = useSignal("");
  const shown = useSignal<Outcome | undefined>(undefined);
  const bad = useSignal<{ cells: BadCell[]; total: number } | undefined>(undefined);
  const send = async (dryRun: boolean) => {
    if (!file.value) return;
    bad.value = undefined;
    try {
      const outcome = await importTable(file.value, reason.value, dryRun, key.value);
      if (dryRun) shown.value = outcome;
      else done(outcome, file.value.name);
    } catch (error) {
      shown.value = undefined;
      bad.value = badCells(error);
      if (!bad.value) tellProblem(error);
    }
  };
  return (
    <section aria-labelledby="import-title">
      <h3 id="import-title">In: an edited table</h3>
      <div class="bulk-form">
        <label>
          <span>CSV or Parquet</span>
          <input
            type="file"
            accept=".csv,.parquet"
            onChange={(event) => {
              file.value = event.currentTarget.files?.[0];
              key.value = crypto.randomUUID();
              shown.value = undefined;
              bad.value = undefined;
            }}
          />
        </label>
        <label class="bulk-reason">
          <span>Reason</span>
          <input
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
              key.value = crypto.randomUUID();
            }}
          />
        </label>
        <button type="button" disabled={!file.value} onClick={() => void send(true)}>
          Show what changes
        </button>
      </div>
      {bad.value && <BadCells {...bad.value} />}
      {shown.value && (
        <>
          <p role="status">
            <strong>{shown.value.total.toLocaleString("en")}</strong> exemplars change.
          </p>
          {shown.value.total > 0 && <Preview rows={shown.value.rows} total={shown.value.total} />}
          <div class="dialog-acts">
            <button
              type="button"
              class="first"
              disabled={shown.value.total === 0}
              onClick={() => void send(false)}
            >
              Change {shown.value.total.toLocaleString("en")} exemplars
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function done(outcome: Outcome, name: string): void {
  recordOutcome(`table ${name}`, outcome);
  tell(
    `${outcome.total.toLocaleString("en")} exemplars changed, version ${outcome.version ?? "–"}.`,
  );
  shut();
}

function BadCells({ cells, total }: { cells: readonly BadCell[]; total: number }) {
  return (
    <>
      <p class="retime-wrong" role="alert">
        {total} cells cannot be used; nothing was changed. Correct them and choose the file again.
      </p>
      <table class="cells">
        <thead>
          <tr>
            <th scope="col">Row</th>
            <th scope="col">Column</th>
            <th scope="col">Found</th>
            <th scope="col">Problem</th>
          </tr>
        </thead>
        <tbody>
          {cells.map((cell) => (
            <tr key={`${cell.row} ${cell.column}`}>
              <td>{cell.row}</td>
              <td>{cell.column}</td>
              <td>{cell.found}</td>
              <td>{cell.problem}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
