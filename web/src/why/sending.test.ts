import { expect, test, vi } from "vitest";
import { ServiceError } from "../api/client";
import type { Job } from "../api/types";
import { EMPTY, formOf, type Question } from "./question";
import { SoundGoneError, sendSpeech } from "./sending";

const file = new File(["x"], "talk.wav");
const made: Job = {
  id: "a",
  kind: "explanation",
  state: "queued",
  attempt: 0,
  created_at: "2026-01-01T00:00:00Z",
  links: { self: "/v1/jobs/a", sound: "/v1/jobs/a/sound" },
};
const gone = new ServiceError(410, {
  type: "expired",
  code: "sound_expired",
  message: "the sound of job a was removed after its time",
  retryable: false,
  field: "sound_of",
});

/** A service that has no sounds of jobs any longer, or still has them. */
function service(has: boolean) {
  return vi.fn(async (asked: Question) => {
    if (!has && asked.sound && !(asked.sound instanceof File)) throw gone;
    return asked.sound ? made : { ...made, links: {} };
  });
}

test("a sound is sent once, and named from then on", async () => {
  const post = service(true);
  const first = await sendSpeech({ ...EMPTY, sound: file }, post);
  expect(first.question.sound).toEqual({ job: "a", name: "talk.wav", file });
  const form = formOf(first.question);
  expect([form.get("sound"), form.get("sound_of")]).toEqual([null, "a"]);
  await sendSpeech(first.question, post);
  expect(post.mock.calls.map(([asked]) => asked.sound instanceof File)).toEqual([true, false]);
});

test("a sound that the service has removed is sent again where the page has it", async () => {
  const post = service(false);
  const { question } = await sendSpeech(
    { ...EMPTY, sound: { job: "a", name: "talk.wav", file } },
    post,
  );
  expect(post).toHaveBeenCalledTimes(2);
  expect(question.sound).toEqual({ job: "a", name: "talk.wav", file });
});

test("a sound that is nowhere is told, with what is left of the question", async () => {
  const asked = { ...EMPTY, text: "we stayed", sound: { job: "a", name: "job a" } };
  const error = await sendSpeech(asked, service(false)).catch((each: unknown) => each);
  expect(error).toBeInstanceOf(SoundGoneError);
  expect(String(error)).toContain("removed after its time: choose the file of the sound again.");
  expect((error as SoundGoneError).left).toEqual({ ...EMPTY, text: "we stayed" });
});

test("what is wrong otherwise is no lost sound", async () => {
  const full = new ServiceError(429, { ...gone.detail, field: null });
  const post = () => Promise.reject(full);
  await expect(sendSpeech({ ...EMPTY, sound: file }, post)).rejects.toBe(full);
});

test("a question without a sound stays as it is", async () => {
  const { question } = await sendSpeech({ ...EMPTY, text: "we stayed" }, service(true));
  expect(question).toEqual({ ...EMPTY, text: "we stayed" });
});
