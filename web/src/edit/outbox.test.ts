import { describe, expect, it } from "vitest";
import { ServiceError, UnreachableError } from "../api/client";
import type { Exemplar } from "../api/types";
import { merge } from "./edits";
import { memoryStore } from "./memoryStore.testing";
import { type Answer, type Message, Outbox, waitAfter } from "./outbox";
import { overlayOf, type Write, writeOf } from "./writes";

function row(id: number, revision: number): Exemplar {
  return { id, revision } as Exemplar;
}

function write(words: string, revision = 1): Write {
  const wanted = {
    words,
    method: "PATCH" as const,
    path: "/v1/exemplars/7",
    exemplar: 7,
    revision,
  };
  return writeOf({ ...wanted, shown: [row(7, revision)] }, "tab");
}

function refusal(status: number): ServiceError {
  return new ServiceError(status, { type: "t", code: "c", message: "no", retryable: false });
}

/** One lock for all tabs of a test. */
function locks() {
  let last = Promise.resolve();
  return (_: string, run: () => Promise<void>) => {
    last = last.then(run);
    return last;
  };
}

/** An outbox whose sends answer with what is in `answers`, one after another. */
function setUp(answers: (Answer | Error)[], store = memoryStore(), alone = locks()) {
  const sent: Write[] = [];
  const told: Message[] = [];
  const rests: number[] = [];
  const outbox = new Outbox({
    store,
    alone,
    send: async (one) => {
      sent.push(one);
      const answer = answers.shift() ?? {};
      if (answer instanceof Error) throw answer;
      return answer;
    },
    tell: (message) => told.push(message),
    rest: async (milliseconds) => void rests.push(milliseconds),
  });
  return { outbox, sent, told, rests, store };
}

describe("the outbox", () => {
  it("keeps a write before it is sent, and forgets it when it is done", async () => {
    const { outbox, sent, store } = setUp([]);
    outbox.add(write("one"));
    expect(outbox.writes()).toHaveLength(1);
    await outbox.drain();
    await outbox.drain();
    expect(sent.map((each) => each.words)).toEqual(["one"]);
    expect(store.length).toBe(0);
  });

  it("tries again with the same key after a dead connection, longer each time", async () => {
    const lost = new UnreachableError("no");
    const { outbox, sent, rests } = setUp([lost, lost, refusal(503), {}]);
    outbox.add(write("one"));
    await outbox.drain();
    await outbox.drain();
    expect(sent).toHaveLength(4);
    expect(new Set(sent.map((each) => each.id)).size).toBe(1);
    expect(new Set(sent.map((each) => each.revision)).size).toBe(1);
    expect(rests).toEqual([500, 1000, 2000]);
    expect(waitAfter(99)).toBe(30_000);
  });

  it("goes on after a reload where it stopped, in order", async () => {
    const store = memoryStore();
    const never = () => new Promise<void>(() => undefined);
    const before = setUp([], store, never);
    before.outbox.add(write("one"));
    before.outbox.add(write("two"));
    const after = setUp([], store);
    await after.outbox.drain();
    expect(after.sent.map((each) => each.words)).toEqual(["one", "two"]);
  });

  it("makes a later write for the revision that an earlier one left", async () => {
    const rows = [{ id: 7, before: row(7, 1), after: row(7, 2) }];
    const { outbox, sent } = setUp([{ rows }, {}]);
    outbox.add(write("one"));
    outbox.add(write("two"));
    await outbox.drain();
    await outbox.drain();
    expect(sent.map((each) => each.revision)).toEqual([1, 2]);
  });

  it("makes a later merge for the revisions that an earlier write left", async () => {
    const rows = [{ id: 7, before: row(7, 1), after: row(7, 2) }];
    const { outbox, sent } = setUp([{ rows }, {}]);
    const [first, second] = [row(7, 1), row(8, 1)];
    outbox.add(write("one"));
    outbox.add(writeOf(merge(first, second), "tab"));
    await outbox.drain();
    await outbox.drain();
    expect(sent.at(-1)?.body).toMatchObject({ ids: [7, 8], if_revisions: [2, 1] });
  });

  it("keeps what was refused until the curator decides, and sends the others", async () => {
    const { outbox, sent, told } = setUp([refusal(412), {}]);
    outbox.add(write("one"));
    outbox.add(write("two"));
    await outbox.drain();
    await outbox.drain();
    expect(sent.map((each) => each.words)).toEqual(["one", "two"]);
    expect(outbox.writes().map((each) => each.refused?.status)).toEqual([412]);
    expect(told.map((each) => each.kind)).toContain("refused");
    expect(outbox.discard(outbox.writes()[0]?.id ?? "")).toBe(true);
    expect(outbox.writes()).toEqual([]);
  });

  it("sends a write once, however many tabs are open", async () => {
    const [store, alone] = [memoryStore(), locks()];
    const [one, two] = [setUp([], store, alone), setUp([], store, alone)];
    one.outbox.add(write("one"));
    await Promise.all([one.outbox.drain(), two.outbox.drain()]);
    await two.outbox.drain();
    expect(one.sent.length + two.sent.length).toBe(1);
  });

  it("does not send what another tab was answered, though the store still shows it", async () => {
    const { outbox, sent, store } = setUp([]);
    const done = write("one");
    store.setItem(`chironomia-outbox:${done.id}`, JSON.stringify(done));
    expect(outbox.writes()).toHaveLength(1);
    expect(outbox.hears(done.id)).toBe(true);
    expect(outbox.hears(done.id)).toBe(false);
    expect(outbox.writes()).toEqual([]);
    await outbox.drain();
    expect(sent).toEqual([]);
  });

  it("lets go of a write only before it is sent", async () => {
    const store = memoryStore();
    const { outbox } = setUp([], store, () => new Promise<void>(() => undefined));
    const waiting = write("one");
    outbox.add(waiting);
    store.setItem(`chironomia-outbox:${waiting.id}`, JSON.stringify({ ...waiting, tries: 2 }));
    expect(outbox.discard(waiting.id)).toBe(false);
    store.setItem(`chironomia-outbox:${waiting.id}`, JSON.stringify(waiting));
    expect(outbox.discard(waiting.id)).toBe(true);
  });
});

describe("what waiting writes show", () => {
  it("is the last of them, and nothing of a refused one", () => {
    const [one, two] = [write("one", 1), write("two", 2)];
    expect(overlayOf([one, two]).get(7)?.revision).toBe(2);
    const detail = { type: "t", code: "c", message: "no", retryable: false };
    const refused = { ...two, refused: { status: 412, detail } };
    expect(overlayOf([one, refused]).get(7)?.revision).toBe(1);
  });
});
