import { expect, test } from "vitest";
import type { Exemplar, Job } from "../api/types";
import { withSeed } from "./again";
import { pauseOf } from "./listing";
import { around, type Insertion, insertionAt, resultTake, shiftOf } from "./resultTake";
import { duration, fractionOf, stageOf } from "./words";

const made = (id: string, more: Partial<Job> = {}): Job => ({
  id,
  kind: "gestures",
  state: "succeeded",
  attempt: 1,
  created_at: "2026-01-01T00:00:00Z",
  links: {},
  ...more,
});

const insertion = (start: number, end: number, more: Partial<Insertion> = {}): Insertion => ({
  exemplar_id: 7,
  word: "huge",
  label: "iconic",
  exemplar_word: "big",
  exemplar_label: "iconic",
  recording: "2_scott_0_1_1",
  score: 12,
  rank: 1,
  margin: null,
  time_seconds: start + 1,
  start_seconds: start,
  end_seconds: end,
  source_seconds: 0,
  offset_seconds: 0.1,
  reason: "same word",
  ...more,
});

test("it looks more often while something runs, less often where a look asks much", () => {
  expect(pauseOf([made("a", { state: "running" })])).toBeLessThan(pauseOf([made("a")]));
  expect(pauseOf([made("a")], 3)).toBe(3 * pauseOf([made("a")]));
});

test("a queued job tells its place, a running one its stage", () => {
  expect(stageOf(made("a", { state: "queued", queue_position: 2 }))).toBe("waiting behind 2");
  const progress = { stage: "denoise", done: 1, total: 4, fraction: 0.25 };
  const running = made("a", { state: "running", progress });
  expect([stageOf(running), fractionOf(running)]).toEqual(["making the motion", 0.25]);
  expect(stageOf(made("a", { state: "canceled", progress }))).toBe("canceled");
  expect([duration(7.25), duration(75)]).toEqual(["7.3 s", "1:15 min"]);
});

test("a result is a take with its insertions in the order of the talk", () => {
  const matches = [insertion(6, 9), insertion(2, 5, { exemplar_id: 8, recording: "x" })];
  const job = made("a", {
    links: { glb: "/v1/jobs/a/result.glb", wav: "/v1/jobs/a/result.wav" },
    result: { matches, seconds: 12.5 },
  });
  const take = resultTake(job);
  expect(take).toMatchObject({
    motion: "/v1/jobs/a/stretch.glb?seconds=0",
    stretches: "/v1/jobs/a/stretch",
    sound: "/v1/jobs/a/result.wav",
    seconds: 12.5,
  });
  expect(take.peaks).toBeUndefined();
  const sent = { ...job, links: { ...job.links, sound: "/v1/jobs/a/sound" } };
  expect(resultTake(sent)).toMatchObject({
    sound: "/v1/jobs/a/sound",
    peaks: "/v1/jobs/a/sound/peaks",
  });
  expect(
    take.tiers[0]?.marks.map((mark) => [mark.text, mark.start, mark.stroke, mark.colour]),
  ).toEqual([
    ["#8 big", 2, 3.1, 0],
    ["#7 big", 6, 7.1, 1],
  ]);
  expect(() => resultTake(made("a"))).toThrow("cannot be played");
});

test("the insertion under a time is found, or else the nearest", () => {
  const all = [insertion(2, 5), insertion(8, 10)];
  expect([0, 3, 6, 7.9, 9, 20].map((at) => insertionAt(all, at))).toEqual([0, 0, 0, 1, 1, 1]);
  expect(insertionAt([], 1)).toBeUndefined();
});

test("of many insertions those around one are named", () => {
  expect(around(12, 3, 40)).toEqual({ first: 0, last: 12 });
  expect(around(1200, 3, 40)).toEqual({ first: 0, last: 40 });
  expect(around(1200, 600, 40)).toEqual({ first: 580, last: 620 });
  expect(around(1200, 1199, 40)).toEqual({ first: 1160, last: 1200 });
});

test("an exemplar is shifted so that its used part meets its place in the talk", () => {
  const exemplar = { window_start_seconds: 35 } as Exemplar;
  // second 36 of the recording, the first of the window, lies at second 8 of the talk
  expect(shiftOf(insertion(8, 10, { source_seconds: 36 }), exemplar)).toBe(7);
  expect(shiftOf(insertion(8, 10, { window_source_seconds: 2.5 }), exemplar)).toBe(5.5);
});

test("another seed changes nothing else", () => {
  const options = { retrieval: { method: "auto" }, sampling: { seed: 3, steps: 4 } };
  expect(withSeed(options, 4)).toEqual({
    retrieval: { method: "auto" },
    sampling: { seed: 4, steps: 4 },
  });
});
