import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServiceError, UnreachableError } from "../api/client";
import { STRETCH_SECONDS, Stretches } from "./stretches";

const HOUR = 3600;
const SLICE = STRETCH_SECONDS;

interface Asked {
  start: number;
  give: (rows?: Float32Array) => Promise<void>;
  fail: (error: unknown) => Promise<void>;
  aborted: () => boolean;
}

function motion(seconds = HOUR) {
  const asked: Asked[] = [];
  const problems: unknown[] = [];
  const stretches = new Stretches({
    seconds,
    onProblem: (error) => problems.push(error),
    load: (start, _, signal) =>
      new Promise((resolve, reject) => {
        asked.push({
          start,
          give: async (rows = new Float32Array([start])) => {
            resolve(rows);
            await settled();
          },
          fail: async (error) => {
            reject(error);
            await settled();
          },
          aborted: () => signal.aborted,
        });
      }),
  });
  return { stretches, asked, problems, last: () => asked.at(-1) as Asked };
}

/** Until every promise that was settled has told its followers. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

const starts = (asked: readonly Asked[]) => asked.map((each) => each.start);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("the stretch under the playhead is fetched first, then the one behind it, and no more", async () => {
  const { stretches, asked, last } = motion();
  expect(stretches.arrival.value).toBe("coming");
  stretches.want(30);
  expect(starts(asked)).toEqual([SLICE]);
  await last().give();
  expect(stretches.arrival.value).toBe("here");
  expect(stretches.at(30)).toMatchObject({ start: SLICE });
  expect(starts(asked)).toEqual([SLICE, 2 * SLICE]);
  await last().give();
  for (let time = 30; time < 2 * SLICE; time += 1) stretches.want(time);
  expect(starts(asked)).toEqual([SLICE, 2 * SLICE]);
  stretches.want(2 * SLICE);
  expect(stretches.arrival.value).toBe("here");
  expect(starts(asked)).toEqual([SLICE, 2 * SLICE, 3 * SLICE]);
});

test("the last stretch has none behind it, and times beyond the end are its own", async () => {
  const { stretches, asked, last } = motion(45);
  stretches.want(45);
  await last().give();
  expect(starts(asked)).toEqual([40]);
  expect(stretches.at(99)).toMatchObject({ start: 40 });
});

test("scrubbing over an hour asks for where it ends, not for all that it passed", async () => {
  const { stretches, asked, last } = motion();
  for (let time = 0; time <= 3000; time += 1) stretches.want(time);
  expect(starts(asked)).toEqual([0]);
  await last().give();
  expect(starts(asked)).toEqual([0, 3000]);
  expect(stretches.arrival.value).toBe("coming");
  await last().give();
  expect(stretches.arrival.value).toBe("here");
});

test("what is far from the playhead is forgotten, what is near is kept", async () => {
  const { stretches, last } = motion();
  for (let time = 0; time < HOUR; time += SLICE) {
    stretches.want(time);
    await last().give();
  }
  const kept = Array.from({ length: HOUR / SLICE }, (_, each) => stretches.at(each * SLICE));
  expect(kept.filter(Boolean)).toHaveLength(12);
  expect(kept.at(-1)).toBeDefined();
  expect(kept[0]).toBeUndefined();
});

test("with a dead connection it is asked again, ever less often, until it comes", async () => {
  const { stretches, asked, last, problems } = motion();
  stretches.want(0);
  for (const patience of [1000, 2000, 4000, 8000, 10_000, 10_000]) {
    const before = asked.length;
    await last().fail(new UnreachableError("dead"));
    expect(stretches.arrival.value).toBe("lost");
    await vi.advanceTimersByTimeAsync(patience - 1);
    stretches.want(0.5);
    expect(asked).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toHaveLength(before + 1);
  }
  await last().give();
  expect(stretches.arrival.value).toBe("here");
  expect(problems).toEqual([]);
});

test("a jump and a connection that is back ask at once", async () => {
  const { stretches, asked, last } = motion();
  stretches.want(0);
  await last().fail(new UnreachableError("dead"));
  stretches.want(1000);
  expect(starts(asked)).toEqual([0, 1000]);
  await last().fail(new UnreachableError("dead"));
  stretches.again();
  expect(starts(asked)).toEqual([0, 1000, 1000]);
});

test("what the service refuses is told once and not asked for again; the rest still comes", async () => {
  const { stretches, asked, last, problems } = motion();
  const gone = new ServiceError(410, {
    type: "expired",
    code: "result_expired",
    message: "gone",
    retryable: false,
  });
  stretches.want(0);
  await last().fail(gone);
  expect([stretches.arrival.value, problems]).toEqual(["refused", [gone]]);
  stretches.want(1);
  expect(starts(asked)).toEqual([0, SLICE]);
  await last().give();
  stretches.want(SLICE);
  expect(stretches.arrival.value).toBe("here");
});

test("nothing is fetched or told once it is left", async () => {
  const { stretches, asked, last, problems } = motion();
  stretches.want(0);
  stretches.dispose();
  expect(last().aborted()).toBe(true);
  await last().fail(new Error("aborted"));
  stretches.want(100);
  expect([asked.length, problems]).toEqual([1, []]);
});
