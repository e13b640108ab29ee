import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Outcome } from "../api/types";
import { submit } from "../edit/desk";
import { exemplarsText } from "../edit/fields";
import type { Answer } from "../edit/outbox";
import { Preview } from "../edit/Preview";
import { problemText, tell } from "../shell/notices";
import {
  type BadCell,
  badCells,
  exchangeOpen,
  exportTable,
  tableWrite,
  tryTable,
} from "./exchange";
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
  const count = ids.value.length;
  const problem = useSignal("");
  const save = (kind: "csv" | "parquet") => () => {
    problem.value = "";
    exportTable(listed.value, kind).catch((error) => {
      problem.value = problemText(error);
    });
  };
  return (
    <section aria-labelledby="export-title">
      <h3 id="export-title">Out: {exemplarsText(count)}</h3>
      <p class="soft">
        What the list shows, one row each. Edit the table and bring it back below; rows are found by
        id.
      </p>
      <button type="button" onClick={save("csv")}>
        Save as CSV
      </button>{" "}
      <button type="button" onClick={save("parquet")}>
        Save as Parquet
      </button>
      <Problem text={problem.value} />
    </section>
  );
}

function Import() {
  const file = useSignal<File | undefined>(undefined);
  const reason = useSignal("");
  const shown = useSignal<Outcome | undefined>(undefined);
  const bad = useSignal<{ cells: BadCell[]; total: number } | undefined>(undefined);
  const problem = useSignal("");
  const send = async (does: (file: File) => Promise<void>) => {
    if (!file.value) return;
    bad.value = undefined;
    problem.value = "";
    try {
      await does(file.value);
    } catch (error) {
      shown.value = undefined;
      bad.value = badCells(error);
      if (!bad.value) problem.value = problemText(error);
    }
  };
  const look = async (table: File) => {
    shown.value = await tryTable(table, reason.value);
  };
  const make = async (table: File) => {
    submit(await tableWrite(table, reason.value)).then(tellDone, () => {
      // the bar shows what was refused
    });
    shut();
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
              shown.value = undefined;
              bad.value = undefined;
              problem.value = "";
            }}
          />
        </label>
        <label class="bulk-reason">
          <span>Reason</span>
          <input
            value={reason.value}
            onInput={(event) => {
              reason.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="button" disabled={!file.value} onClick={() => void send(look)}>
          Show what changes
        </button>
      </div>
      {bad.value && <BadCells {...bad.value} />}
      <Problem text={problem.value} />
      {shown.value && <Changes outcome={shown.value} make={() => void send(make)} />}
    </section>
  );
}

function Changes({ outcome, make }: { outcome: Outcome; make: () => void }) {
  const { total, rows } = outcome;
  if (total === 0) return <p role="status">Nothing changes: the index says all of this already.</p>;
  return (
    <>
      <p role="status">
        <strong>{exemplarsText(total)}</strong> {total === 1 ? "changes" : "change"}.
      </p>
      <Preview rows={rows} total={total} />
      <div class="dialog-acts">
        <button type="button" class="first" onClick={make}>
          Change {exemplarsText(total)}
        </button>
      </div>
    </>
  );
}

function Problem({ text }: { text: string }) {
  if (!text) return null;
  return (
    <p class="retime-wrong" role="alert">
      {text}
    </p>
  );
}

function tellDone({ total = 0, version }: Answer): void {
  tell(`${exemplarsText(total)} changed, version ${version ?? "–"}.`);
}

function BadCells({ cells, total }: { cells: readonly BadCell[]; total: number }) {
  return (
    <>
      <p class="retime-wrong" role="alert">
        {total === 1 ? "1 cell" : `${total} cells`} cannot be used; nothing was changed. Correct and
        choose the file again.
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
