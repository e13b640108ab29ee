/** The curator's desk: every write of the page, what it shows meanwhile, undo and redo. */

import { batch, computed, signal } from "@preact/signals";
import { ask, call } from "../api/client";
import type { Exemplar } from "../api/types";
import { rows, rowsChanged, takeIn } from "../browse/listing";
import { isOwn } from "../browse/news";
import { tell, tellProblem } from "../shell/notices";
import { type Conflict, conflictOf } from "./conflict";
import { type Edit, editOne, undoOf } from "./edits";
import { forgetFile, forgetOthers, formOf } from "./keptFiles";
import { type Answer, type Message, Outbox } from "./outbox";
import { isDuplicate, tab } from "./tab";
import {
  apart,
  did,
  joined,
  NOTHING_DONE,
  redid,
  type Step,
  tookBack,
  type UndoStack,
  without,
} from "./undoStack";
import { overlayOf, type Refusal, type Wanted, type Write, writeOf } from "./writes";

const STACK = "chironomia-undo";
const CHANNEL = "chironomia-outbox";
/** Rows of a step that are kept, to show its undo at once. */
const MOST_ROWS = 40;

/** Everything that waits or was refused. */
export const writes = signal<readonly Write[]>([]);
export const stack = signal<UndoStack>(NOTHING_DONE);
/** A refused write of another tab whose conflict is looked at here. */
export const lookedAt = signal<string | undefined>(undefined);
/** The conflict that waits for a decision. */
export const conflict = computed<Conflict | undefined>(() => {
  for (const write of writes.value) {
    const found = conflictOf(write, write.refused);
    if (found && (write.tab === tab() || write.id === lookedAt.value)) return found;
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
      forget(unsent);
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

/** Give up a refused or waiting write. */
export function discard(id: string): void {
  const write = writes.value.find((each) => each.id === id);
  if (desk().discard(id) && write) forget(write);
}

/** The file of a write that was done or given up. */
function forget({ form }: Write): void {
  // one that stays behind is swept when the page is opened on another day
  if (form) forgetFile(form.file).catch(() => undefined);
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
  desk();
  void takeUpStack();
  addEventListener("online", () => wake?.());
  // another tab's writes and answers reach this one's store a little later than its word of them
  addEventListener("storage", () => {
    writes.value = outbox?.writes() ?? [];
  });
  document.addEventListener("visibilitychange", () => document.hidden || wake?.());
  void desk().drain();
  const named = writes.value.flatMap(({ form }) => form?.file ?? []);
  // without a database there is nothing to sweep
  forgetOthers(named).catch(() => undefined);
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
  const body = write.form ? await formOf(write.form) : write.body;
  if (body === undefined) return (await (await call(write.path, asked)).json()) as Answer;
  return ask<Answer>(write.path, { ...asked, body });
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
  if (message.kind === "done" && outbox?.hears(message.write.id) === false) return;
  batch(() => {
    if (message.kind === "done") settle(message.write, message.answer);
    writes.value = outbox?.writes() ?? [];
    if (message.kind === "refused") refuse(message.write, message.refusal);
  });
  if (message.kind === "done") tellTime(message.write.id);
}

function settle(write: Write, answer: Answer): void {
  editsDone.value += 1;
  forget(write);
  if (answer.rows) takeIn(answer.rows);
  // what another tab of this browser did is shown as well: it is no news
  isOwn(answer.version);
  if (write.tab !== tab()) return;
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

/** What this tab did before it was loaded again can be undone; what its original did cannot. */
async function takeUpStack(): Promise<void> {
  const kept = keptStack();
  stack.value = kept;
  let doubted = false;
  const duplicate = await isDuplicate(() => {
    doubted = true;
    stack.value = apart(stack.value, kept);
  });
  if (doubted) keepStack(duplicate ? stack.value : joined(kept, stack.value));
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
