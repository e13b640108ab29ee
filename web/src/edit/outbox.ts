/** Every write goes through here: kept before it is sent, sent in order, once, until it is answered. */

import { ServiceError, UnreachableError } from "../api/client";
import type { Outcome, RowChange } from "../api/types";
import { type Refusal, rebased, type Write } from "./writes";

const KEPT = "chironomia-outbox:";
const LOCK = "chironomia-outbox";
const LONGEST_WAIT_MILLISECONDS = 30_000;

/** What the service answers: mostly an outcome, for tags a tag. */
export type Answer = Partial<Outcome> & Record<string, unknown>;

/** What tabs tell each other. */
export type Message =
  | { kind: "changed" }
  | { kind: "done"; write: Write; answer: Answer }
  | { kind: "refused"; write: Write; refusal: Refusal };

/** What the outbox needs of the world. */
export interface Surroundings {
  store: Storage;
  /** Run something while no other tab does. */
  alone: (name: string, run: () => Promise<void>) => Promise<void>;
  send: (write: Write) => Promise<Answer>;
  /** Tell this tab and all others. */
  tell: (message: Message) => void;
  /** Wait, or be woken. */
  rest: (milliseconds: number) => Promise<void>;
}

/** Writes on their way. */
export class Outbox {
  private sending: Promise<void> | undefined;
  private again = false;
  /** Answered, here or elsewhere: a tab's word of it may come before the store says so too. */
  private readonly answered = new Set<string>();

  constructor(private readonly around: Surroundings) {}

  /** Everything that waits or was refused, oldest first. */
  writes(): Write[] {
    const { store } = this.around;
    const found: Write[] = [];
    for (let place = 0; place < store.length; place += 1) {
      const name = store.key(place);
      if (!name?.startsWith(KEPT)) continue;
      const write = parsed(store.getItem(name));
      if (write && !this.answered.has(write.id)) found.push(write);
    }
    return found.sort((one, two) => (one.id < two.id ? -1 : 1));
  }

  /** Keep a write and send it. */
  add(write: Write): void {
    this.keep(write);
    this.around.tell({ kind: "changed" });
    void this.drain();
  }

  /** Take in that a write was answered; false where that was known. */
  hears(id: string): boolean {
    const news = !this.answered.has(id);
    this.answered.add(id);
    return news;
  }

  /** Give a write up; false where it is being sent or was answered already. */
  discard(id: string): boolean {
    const write = this.writes().find((each) => each.id === id);
    if (!write || (write.tries > 0 && !write.refused)) return false;
    this.around.store.removeItem(KEPT + id);
    this.around.tell({ kind: "changed" });
    return true;
  }

  /** Send what waits; one tab at a time, in order. Resolves when nothing is left to send. */
  drain(): Promise<void> {
    this.again = true;
    this.sending ??= this.sendWhileAsked().finally(() => {
      this.sending = undefined;
    });
    return this.sending;
  }

  private async sendWhileAsked(): Promise<void> {
    while (this.again) {
      this.again = false;
      await this.around.alone(LOCK, () => this.sendAll());
    }
  }

  private async sendAll(): Promise<void> {
    for (;;) {
      const next = this.writes().find((each) => !each.refused);
      if (!next) return;
      await this.sendOne({ ...next, tries: next.tries + 1 });
    }
  }

  private async sendOne(write: Write): Promise<void> {
    this.keep(write);
    try {
      const answer = await this.around.send(write);
      this.around.store.removeItem(KEPT + write.id);
      this.rebase(answer.rows ?? []);
      this.around.tell({ kind: "done", write, answer });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) {
        this.keep({ ...write, refused: refusal });
        this.around.tell({ kind: "refused", write, refusal });
        return;
      }
      this.around.tell({ kind: "changed" });
      await this.around.rest(waitAfter(write.tries));
    }
  }

  private rebase(rows: readonly RowChange[]): void {
    for (const write of this.writes()) {
      const moved = rebased(write, rows);
      if (moved !== write) this.keep(moved);
    }
  }

  private keep(write: Write): void {
    this.around.store.setItem(KEPT + write.id, JSON.stringify(write));
  }
}

/** How long to wait before a write is tried again. */
export function waitAfter(tries: number): number {
  return Math.min(LONGEST_WAIT_MILLISECONDS, 500 * 2 ** Math.min(tries - 1, 10));
}

/** Why a write will never be done as it is; none where it is worth another try. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof UnreachableError) return undefined;
  if (error instanceof ServiceError) {
    const passing = error.status >= 500 || [401, 408, 425, 429].includes(error.status);
    return passing ? undefined : { status: error.status, detail: error.detail };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 0, detail: { type: "page", code: "page", message, retryable: false } };
}

function parsed(text: string | null): Write | undefined {
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Write;
  } catch {
    return undefined;
  }
}
