/** Rows of a long list: fetched in pages around what is seen, kept, and given up when out of sight. */

import type { Exemplar } from "../api/types";

export type ListedExemplar = Exemplar & { used_in_jobs?: number | null };
export type FetchRows = (ids: readonly number[], signal: AbortSignal) => Promise<Exemplar[]>;

const PAGE = 60;
const MOST_ROWS = 6000;

/** A window on the rows of a list of ids. */
export class RowCache {
  private readonly rows = new Map<number, ListedExemplar>();
  private readonly asked = new Map<string, AbortController>();

  /** `changed` is called when rows came; `failed` when they could not. */
  constructor(
    private readonly fetchRows: FetchRows,
    private readonly changed: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** A row, if it is here. */
  get(id: number): ListedExemplar | undefined {
    return this.rows.get(id);
  }

  /** See to it that the rows from `first` to `last` come; stop what is asked for elsewhere. */
  want(ids: readonly number[], first: number, last: number): void {
    const pages = pagesOf(ids, first, last);
    const wanted = new Set(pages.map((page) => page.key));
    for (const [key, controller] of this.asked) {
      if (!wanted.has(key)) controller.abort();
    }
    for (const page of pages) {
      const missing = page.ids.filter((id) => !this.rows.has(id));
      if (missing.length > 0 && !this.asked.has(page.key)) void this.ask(page.key, missing);
    }
  }

  /** Take rows as they now are: answers of edits, mostly. */
  put(rows: readonly Exemplar[]): void {
    for (const row of rows) {
      const known = this.rows.get(row.id);
      if (known && known.revision > row.revision) continue;
      this.rows.delete(row.id);
      this.rows.set(row.id, { ...known, ...row });
    }
    this.shrink();
    this.changed();
  }

  /** Everything is asked for anew. */
  forget(): void {
    for (const controller of this.asked.values()) controller.abort();
    this.asked.clear();
    this.rows.clear();
  }

  private async ask(key: string, ids: readonly number[]): Promise<void> {
    const controller = new AbortController();
    this.asked.set(key, controller);
    try {
      const rows = await this.fetchRows(ids, controller.signal);
      if (!controller.signal.aborted) this.put(rows);
    } catch (error) {
      if (!controller.signal.aborted) this.failed(error);
    } finally {
      if (this.asked.get(key) === controller) this.asked.delete(key);
    }
  }

  private shrink(): void {
    for (const id of this.rows.keys()) {
      if (this.rows.size <= MOST_ROWS) return;
      this.rows.delete(id);
    }
  }
}

interface Page {
  key: string;
  ids: readonly number[];
}

function pagesOf(ids: readonly number[], first: number, last: number): Page[] {
  const pages: Page[] = [];
  const from = Math.floor(Math.max(first, 0) / PAGE);
  for (let page = from; page * PAGE <= Math.min(last, ids.length - 1); page += 1) {
    const within = ids.slice(page * PAGE, (page + 1) * PAGE);
    pages.push({ key: `${page}:${within[0]}:${within.length}`, ids: within });
  }
  return pages;
}
