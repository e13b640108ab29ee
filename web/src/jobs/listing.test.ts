import { afterEach, expect, test, vi } from "vitest";
import type { Job } from "../api/types";
import { after, longer, look, NOTHING, nextPage, type Shown, type Wanted } from "./listing";

const ALL: Wanted = { states: [], kinds: [], version: "" };
const { signal } = new AbortController();

afterEach(() => vi.unstubAllGlobals());

/** A job that was made in that second. */
function made(second: number, state: Job["state"] = "succeeded"): Job {
  const created_at = new Date(Date.UTC(2026, 0, 1) + 1000 * second).toISOString();
  return { id: `job${second}`, kind: "gestures", state, attempt: 1, created_at, links: {} };
}

/** A service with jobs that tests change; it answers lists as the real one does. */
function service(count: number, open: readonly number[] = []) {
  const jobs = Array.from({ length: count }, (_, second) =>
    made(second, open.includes(second) ? "running" : "succeeded"),
  );
  const asked: URLSearchParams[] = [];
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async (address: string) => {
    const query = new URL(address, "http://here").searchParams;
    asked.push(query);
    const [states, ids] = [query.getAll("state"), query.getAll("id")];
    const limit = Number(query.get("limit"));
    if (limit > 200 || ids.length > 200) throw new Error("422");
    const cursor = query.get("cursor");
    const found = jobs
      .filter((job) => !states.length || states.includes(job.state))
      .filter((job) => !ids.length || ids.includes(job.id))
      .filter((job) => !cursor || job.created_at < cursor)
      .sort((one, two) => (one.created_at < two.created_at ? 1 : -1));
    const page = found.slice(0, limit);
    const next_cursor = found.length > limit ? page.at(-1)?.created_at : null;
    return Response.json({ jobs: page, next_cursor });
  });
  const end = (second: number, state: Job["state"] = "succeeded") => {
    jobs[second] = made(second, state);
  };
  return { jobs, asked, end };
}

async function shownFirst(wanted: Wanted, pages: number): Promise<Shown> {
  let shown = after(NOTHING, await look(wanted, [], signal));
  for (let page = 1; page < pages; page += 1) {
    shown = longer(shown, await nextPage(wanted, shown.cursor ?? "", signal));
  }
  return shown;
}

const ids = (shown: Shown) => shown.jobs.map((job) => job.id);
const stateOf = (shown: Shown, second: number) =>
  shown.jobs.find((job) => job.id === `job${second}`)?.state;

test("a job far down the list that ends is shown as ended, and nothing else is fetched", async () => {
  const { asked, end } = service(1000, [3, 500, 999]);
  const shown = await shownFirst(ALL, 20);
  expect(shown.jobs).toHaveLength(1000);
  end(3, "failed");
  end(999);
  asked.length = 0;

  const found = await look(ALL, shown.jobs, signal);
  const now = after(shown, found);

  expect([3, 500, 999].map((each) => stateOf(now, each))).toEqual([
    "failed",
    "running",
    "succeeded",
  ]);
  expect(ids(now)).toEqual(ids(shown));
  expect(asked.map((query) => query.getAll("id"))).toEqual([[], ["job500", "job3"]]);
  expect(found.asked).toBe(2);
});

test("new jobs come first, what was shown stays behind them, with its cursor", async () => {
  const { jobs } = service(120);
  const shown = await shownFirst(ALL, 2);
  jobs.push(made(120), made(121, "queued"));

  const now = after(shown, await look(ALL, shown.jobs, signal));

  expect(ids(now).slice(0, 3)).toEqual(["job121", "job120", "job119"]);
  expect(now.jobs).toHaveLength(102);
  const all = longer(now, await nextPage(ALL, now.cursor ?? "", signal));
  expect(ids(all)).toEqual(jobs.map((job) => job.id).reverse());
});

test("where more jobs came than one answer has, none is missing between", async () => {
  const { jobs } = service(60);
  const shown = await shownFirst(ALL, 1);
  for (let second = 60; second < 500; second += 1) jobs.push(made(second));

  const now = after(shown, await look(ALL, shown.jobs, signal));

  expect(ids(now).slice(0, 490)).toEqual(
    jobs
      .map((job) => job.id)
      .reverse()
      .slice(0, 490),
  );
});

test("where far more came, the list begins anew rather than with a hole", async () => {
  const { jobs } = service(60);
  const shown = await shownFirst(ALL, 1);
  for (let second = 60; second < 3000; second += 1) jobs.push(made(second));

  const now = after(shown, await look(ALL, shown.jobs, signal));

  expect(ids(now)).toEqual(
    jobs
      .map((job) => job.id)
      .reverse()
      .slice(0, now.jobs.length),
  );
  expect(now.cursor).not.toBeNull();
});

test("a job that no longer fits the filter leaves the list, however far down", async () => {
  const wanted = { ...ALL, states: ["running"] };
  const { end } = service(
    400,
    Array.from({ length: 400 }, (_, second) => second),
  );
  const shown = await shownFirst(wanted, 7);
  expect(shown.jobs).toHaveLength(350);
  end(60);
  end(399);

  const now = after(shown, await look(wanted, shown.jobs, signal));

  expect(ids(now)).toEqual(ids(shown).filter((id) => id !== "job60" && id !== "job399"));
});

test("a page that was fetched during a look stays", async () => {
  service(300, [0]);
  const shown = await shownFirst(ALL, 1);
  const found = await look(ALL, shown.jobs, signal);
  const meanwhile = longer(shown, await nextPage(ALL, shown.cursor ?? "", signal));

  const now = after(meanwhile, found);

  expect(now.jobs).toHaveLength(100);
  expect(now.cursor).toBe(meanwhile.cursor);
  expect(longer(now, meanwhile)).toEqual({ ...now, cursor: meanwhile.cursor });
});

test("the version is asked for, also of the pages behind", async () => {
  const { asked } = service(100);
  await shownFirst({ ...ALL, version: "live" }, 2);
  expect(asked.map((query) => query.get("index_version"))).toEqual(["live", "live"]);
});
