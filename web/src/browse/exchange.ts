/** Tables: what is exported, what an import would change, and which cells it cannot use. */

import { signal } from "@preact/signals";
import { ask, at, call, ServiceError } from "../api/client";
import type { Outcome } from "../api/types";
import { keepFile } from "../edit/keptFiles";
import type { Wanted } from "../edit/writes";
import { askedOf, type Filters } from "./filters";

/** Whether the dialog is open. */
export const exchangeOpen = signal(false);

/** A cell of a table that cannot be used. */
export interface BadCell {
  row: number;
  column: string;
  found: string;
  problem: string;
}

/** Cells that an import was refused for; none where it was refused for something else. */
export function badCells(error: unknown): { cells: BadCell[]; total: number } | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  const told = error.detail.detail as { cells?: BadCell[]; total?: number } | null | undefined;
  return told?.cells && { cells: told.cells, total: told.total ?? told.cells.length };
}

/** Save what the filters find as a table. */
export async function exportTable(filters: Filters, kind: "csv" | "parquet"): Promise<void> {
  const { order: _, ...asked } = askedOf(filters);
  const answer = await call(at(`/v1/exemplars/export.${kind}`, asked));
  const named = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "");
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = address;
  link.download = named?.[1] ?? `exemplars.${kind}`;
  link.click();
  // the browser reads it after this turn
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Learn what a table would change. */
export async function tryTable(file: File, reason: string): Promise<Outcome> {
  const body = new FormData();
  body.set("file", file);
  body.set("dry_run", "true");
  body.set("reason", reason);
  return await ask<Outcome>("/v1/exemplars/import", { method: "POST", body });
}

/** The write of a table; its file is kept until the service has confirmed it. */
export async function tableWrite(file: File, reason: string): Promise<Wanted> {
  return {
    words: `table ${file.name}`,
    method: "POST",
    path: "/v1/exemplars/import",
    form: { file: await keepFile(file), name: file.name, fields: { dry_run: "false", reason } },
  };
}
