import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Job } from "../api/types";
import { endOf, follow, pauseAfter } from "./follow";

const ID = "a1";

function job(state: Job["state"], more: Partial<Job> = {}): Job {
  return { id: ID, kind: "gestures", state, attempt: 1, created_at: "", links: {}, ...more };
}

/** The service: answers to each address in the order in which they are asked. */
function service(answers: Record<string, (() => Response)[]>) {
  const asked: { address: string; last: string | null }[] = [];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    asked.push({ address, last: new Headers(init.headers).get("Last-Event-ID") });
    const next = answers[address]?.shift();
    if (!next) throw new TypeError(`nobody answers ${address}`);
    return next();
  });
  return asked;
}

const json = (content: unknown) => () => Response.json(content);
const lost = () => {
  throw new TypeError("connection refused");
};

function stream(...events: object[]) {
  const text = events
    .map((event, place) => `event: progress\ndata: ${JSON.stringify(event)}\nid: ${place + 1}\n\n`)
    .join("");
  return () => new Response(text, { headers: { "Content-Type": "text/event-stream" } });
}

const progress = (seq: number, stage: string) => ({
  seq,
  state: "running",
  attempt: 1,
  progress: { stage, done: 0, total: 1, fraction: 0 },
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function followed(): Promise<string[]> {
  const told: string[] = [];
  const ended = follow(
    ID,
    (now) => told.push(`${now.state} ${now.progress?.stage ?? ""}`.trim()),
    new AbortController().signal,
  );
  await vi.runAllTimersAsync();
  await ended;
  return told;
}

test("every change is told until the job has ended, its end by the job itself", async () => {
  service({
    [`/v1/jobs/${ID}`]: [json(job("queued")), json(job("succeeded", { links: { glb: "/x" } }))],
    [`/v1/jobs/${ID}/events`]: [
      stream(progress(1, "annotate"), progress(2, "denoise"), {
        seq: 3,
        state: "succeeded",
        attempt: 1,
      }),
    ],
  });
  expect(await followed()).toEqual(["queued", "running annotate", "running denoise", "succeeded"]);
});

test("a lost connection goes on behind the last event", async () => {
  const asked = service({
    [`/v1/jobs/${ID}`]: [json(job("running")), json(job("running")), json(job("succeeded"))],
    [`/v1/jobs/${ID}/events`]: [
      stream(progress(1, "annotate"), progress(2, "place")),
      lost,
      stream({ seq: 3, state: "succeeded", attempt: 1 }),
    ],
  });
  expect((await followed()).at(-1)).toBe("succeeded");
  const streams = asked.filter((each) => each.address.endsWith("/events"));
  expect(streams.map((each) => each.last)).toEqual([null, "2", "2"]);
});

test("where events never get through the job is asked instead", async () => {
  service({
    [`/v1/jobs/${ID}`]: [json(job("running"))],
    [`/v1/jobs/${ID}/events`]: [lost, lost, lost],
    [`/v1/jobs/${ID}?wait=20`]: [json(job("running")), json(job("succeeded"))],
  });
  expect(await followed()).toEqual(["running", "running", "succeeded"]);
});

test("a refusal that lasts ends it", async () => {
  const error = { type: "x", code: "job_unknown", message: "no such job", retryable: false };
  service({ [`/v1/jobs/${ID}`]: [() => Response.json({ error }, { status: 404 })] });
  await expect(follow(ID, () => {}, new AbortController().signal)).rejects.toThrow("no such job");
});

test("the end of a failed job is its error", async () => {
  const error = { type: "x", code: "bad", message: "too noisy", retryable: false };
  await expect(endOf(job("failed", { error }), new AbortController().signal)).rejects.toThrow(
    "too noisy",
  );
});

test("pauses grow, and not for ever", () => {
  expect([1, 2, 3, 9].map(pauseAfter)).toEqual([500, 1000, 2000, 10_000]);
});
