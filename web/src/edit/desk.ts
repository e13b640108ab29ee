/** The curator's desk: every write of the page, what it shows meanwhile, undo and redo. */

import { batch, computed, signal } from "@preact/signals";
import { ask, call } from "../api/client";
import type { Exemplar } from "../api/types";
import { rows, rowsChanged, takeIn } from "../browse/listing";
import { isOwn } from "../browse/news";
import { tell, tellProblem } from "../shell/notices";
import { type Conflict, conflictOf } from "./conflict";
import { type Edit, editOne, undoOf } from "./edits";
import { type Answer, type Message, Outbox } from "./outbox";
import {
  did,
  NOTHING_DONE,
  redid,
  type Step,
  tookBack,
  type UndoStack,
  without,
} from "./undoStack";
import { overlayOf, type Refusal, type Wanted, type Write, writeOf } from "./writes";

const TAB = "chironomia-tab";
const STACK = "chironomia-undo";
const CHANNEL = "chironomia-outbox";
/** Rows of a step that are kept, to show its undo at once. */
const MOST_ROWS = 40;

/** Everything that waits or was refused. */
export const writes = signal<readonly Write[]>([]);
export const stack = signal<UndoStack>(NOTHING_DONE);
/** The conflict that waits for a decision. */
export const conflict = computed<Conflict | undefined>(() => {
  for (const write of writes.value) {
    const found = conflictOf(write, write.refused);
    if (found && write.tab === tab()) return found;
  }
  return undefined;
});
/** Grows with every edit that was done, here or in another tab. */
export const editsDone = signal(0);
interface Waiting {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/** When the last edit was asked for and when the page showed that it is done, in milliseconds. */
export const lastEdit = signal<{ asked: number; done: number } | undefined>(undefined);

const overlay = computed(() => overlayOf(writes.value));
const promised = new Map<string, Waiting>();
const askedAt = new Map<string, number>();
let wake: (() => void) | undefined;
let channel: BroadcastChannel | undefined;
let outbox: Outbox | undefined;

/** A row as it will be once what waits is done; read in a component, it is followed. */
export function rowShown(id: number | undefined): Exemplar | undefined {
  if (id === undefined) return undefined;
  void rowsChanged.value;
  return overlay.value.get(id) ?? rows.get(id);
}

/** Whether a row shows something that the service has not confirmed. */
export function isWaiting(id: number): boolean {
  return overlay.value.has(id);
}

/** Send a write, now or when the service answers again. */
export function submit(wanted: Wanted): Promise<Answer> {
  const write = writeOf(wanted, tab());
  const answer = new Promise<Answer>((resolve, reject) => {
    promised.set(write.id, { resolve, reject });
  });
  // who asks may look at the answer; the bar tells of refusals either way
  answer.catch(() => undefined);
  askedAt.set(write.id, performance.now());
  desk().add(write);
  return answer;
}

/** Edit one exemplar. */
export function edit(id: number, made: Edit, reason = ""): Promise<Answer> | undefined {
  const [row, known] = [rowShown(id), rows.get(id)];
  return row && known && submit(editOne(row, known, made, reason));
}

/** Take back the last edit of this tab. */
export async function undo(): Promise<void> {
  const unsent = writes.value.findLast((each) => each.tab === tab() && !each.refused);
  if (unsent) {
    if (desk().discard(unsent.id)) {
      tell(`Not sent: ${unsent.words}`);
      return;
    }
    await settled(unsent.id);
  }
  const step = stack.value.done.at(-1);
  if (!step) return tell("Nothing to undo: no edit was made in this tab.");
  await submit(undoOf(step.seq, `undo: ${step.words}`, before(step), "undo")).catch(
    () => undefined,
  );
}

/** Do again what was taken back. */
export async function redo(): Promise<void> {
  const step = stack.value.undone.at(-1);
  if (!step) return tell("Nothing to redo.");
  await submit(undoOf(step.seq, `redo: ${step.words}`, before(step), "redo")).catch(
    () => undefined,
  );
}

/** Take in an edit that was not sent through the outbox, such as a table. */
export function recordOutcome(words: string, outcome: Answer): void {
  if (outcome.rows) takeIn(outcome.rows);
  isOwn(outcome.version);
  if (!outcome.rows || typeof outcome.version !== "number") return;
  const step = { seq: outcome.version, words, rows: outcome.rows.slice(0, MOST_ROWS) };
  keepStack(did(stack.value, step));
}

/** Give up a refused or waiting write. */
export function discard(id: string): void {
  desk().discard(id);
}

/** Send a refused write again, as a new one. */
export function sendAgain(write: Write, changed: Partial<Wanted> = {}): void {
  const { id, tab: _, tries: __, refused: ___, ...wanted } = write;
  desk().discard(id);
  void submit({ ...wanted, ...changed });
}

/** Begin to send what waited since the page was open last, and listen to other tabs. */
export function openDesk(): void {
  if (outbox) return;
  stack.value = keptStack();
  desk();
  addEventListener("online", () => wake?.());
  document.addEventListener("visibilitychange", () => document.hidden || wake?.());
  void desk().drain();
}

function desk(): Outbox {
  if (outbox) return outbox;
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = (event: MessageEvent<Message>) => hear(event.data);
  outbox = new Outbox({
    store: localStorage,
    alone: async (name, run) => {
      await navigator.locks.request(name, run);
    },
    send,
    tell: (message) => {
      channel?.postMessage(message);
      hear(message);
    },
    rest,
  });
  writes.value = outbox.writes();
  return outbox;
}

async function send(write: Write): Promise<Answer> {
  const headers: Record<string, string> = { "Idempotency-Key": write.id };
  if (write.revision !== undefined) headers["If-Match"] = `"${write.revision}"`;
  const asked = { method: write.method, headers };
  if (write.body === undefined) return (await (await call(write.path, asked)).json()) as Answer;
  return ask<Answer>(write.path, { ...asked, body: write.body });
}

/** Resolves when a write is answered, well or not. */
function settled(id: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = writes.subscribe((now) => {
      if (now.some((each) => each.id === id && !each.refused)) return;
      queueMicrotask(() => stop());
      resolve();
    });
  });
}

function rest(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function hear(message: Message): void {
  batch(() => {
    if (message.kind === "done") settle(message.write, message.answer);
    writes.value = outbox?.writes() ?? [];
    if (message.kind === "refused") refuse(message.write, message.refusal);
  });
  if (message.kind === "done") tellTime(message.write.id);
}

function settle(write: Write, answer: Answer): void {
  editsDone.value += 1;
  if (answer.rows) takeIn(answer.rows);
  if (write.tab !== tab()) return;
  isOwn(answer.version);
  if (answer.rows && typeof answer.version === "number") {
    keepStack(
      next(stack.value, write, { ...stepOf(write), seq: answer.version, rows: answer.rows }),
    );
  }
  promised.get(write.id)?.resolve(answer);
  promised.delete(write.id);
}

function next(now: UndoStack, write: Write, step: Step): UndoStack {
  const kept = { ...step, rows: step.rows.slice(0, MOST_ROWS) };
  const undone = Number(/\/v1\/versions\/(\d+)\/undo/.exec(write.path)?.[1]);
  if (write.role === "undo") return tookBack(now, undone, kept);
  if (write.role === "redo") return redid(now, undone, kept);
  return write.role === "edit" ? did(now, kept) : now;
}

function refuse(write: Write, refusal: Refusal): void {
  if (write.tab !== tab()) return;
  const seq = Number(/\/v1\/versions\/(\d+)\/undo/.exec(write.path)?.[1]);
  if (write.role !== "edit" && seq) keepStack(without(stack.value, seq));
  promised.get(write.id)?.reject(new Error(refusal.detail.message));
  promised.delete(write.id);
  if (!conflictOf(write, refusal))
    tellProblem(new Error(`${write.words}: ${refusal.detail.message}`));
}

function stepOf(write: Write): { words: string } {
  return { words: write.words.replace(/^(undo|redo): /, "") };
}

function before(step: Step): Exemplar[] {
  return step.rows.flatMap((each) => {
    const known = rows.get(each.id);
    return each.before && known ? [{ ...each.before, revision: known.revision }] : [];
  });
}

function tellTime(id: string): void {
  const asked = askedAt.get(id);
  askedAt.delete(id);
  if (asked === undefined) return;
  requestAnimationFrame(() => {
    lastEdit.value = { asked, done: performance.now() };
  });
}

function keepStack(now: UndoStack): void {
  stack.value = now;
  try {
    sessionStorage.setItem(STACK, JSON.stringify(now));
  } catch {
    // a full store costs only the undo after a reload
  }
}

function keptStack(): UndoStack {
  try {
    const kept = sessionStorage.getItem(STACK);
    return kept ? (JSON.parse(kept) as UndoStack) : NOTHING_DONE;
  } catch {
    return NOTHING_DONE;
  }
}

function tab(): string {
  const known = sessionStorage.getItem(TAB);
  if (known) return known;
  const made = crypto.randomUUID();
  sessionStorage.setItem(TAB, made);
  return made;
}
