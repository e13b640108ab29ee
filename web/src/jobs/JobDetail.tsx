import { useSignal } from "@preact/signals";
import type { Job } from "../api/types";
import { go, hashOf, place, put } from "../shell/address";
import { tell, tellProblem } from "../shell/notices";
import { again } from "./again";
import { Downloads } from "./Downloads";
import { isFinal } from "./follow";
import { JobProgress } from "./JobProgress";
import { Provenance } from "./Provenance";
import { ResultPlayer } from "./ResultPlayer";
import { isPlayable } from "./resultTake";
import { kindOf } from "./words";

/** Everything that is known of one job, and what can be done with it. */
export function JobDetail({ job }: { job: Job }) {
  const open = place.value.query.get("play") === job.id;
  const notes = (job.result?.notes ?? []) as string[];
  return (
    <article class="job">
      <header class="job-head">
        <h1>
          {kindOf(job)} <code class="soft">{job.id}</code>
        </h1>
        <span class={`job-state job-state-${job.state}`}>{job.state}</span>
      </header>
      <JobProgress job={job} />
      <Actions job={job} open={open} />
      {open && isPlayable(job) && (
        <div class="job-player">
          <ResultPlayer job={job} />
        </div>
      )}
      {job.state === "succeeded" && <Downloads job={job} />}
      {notes.length > 0 && (
        <ul class="job-notes small">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <Provenance job={job} />
    </article>
  );
}

function Actions({ job, open }: { job: Job; open: boolean }) {
  const asking = useSignal(false);
  const done = job.state === "succeeded";
  const renew = async () => {
    asking.value = true;
    try {
      const made = await again(job, (job.seed ?? 0) + 1, new AbortController().signal);
      tell(`The same speech was queued with seed ${made.seed}.`);
      put("id", [made.id]);
    } catch (error) {
      tellProblem(error);
    } finally {
      asking.value = false;
    }
  };
  return (
    <div class="job-actions">
      {isPlayable(job) && (
        <button type="button" class="first" onClick={() => put("play", open ? [] : [job.id])}>
          {open ? "Close the player" : "Play"}
        </button>
      )}
      {job.kind === "explanation" && done && (
        <a class="why-button" href={hashOf("why", { job: job.id })}>
          Open in Why
        </a>
      )}
      {job.kind === "gestures" && done && (
        <>
          <button type="button" onClick={() => go("why", { speech: job.id })}>
            Ask why
          </button>
          <button type="button" disabled={asking.value} onClick={() => void renew()}>
            Again with another seed
          </button>
        </>
      )}
      {job.kind === "recording" && done && (
        <a
          class="why-button"
          href={hashOf("browse", { recording: String(job.result?.recording ?? "") })}
        >
          Its exemplars
        </a>
      )}
      {!isFinal(job) && <span class="soft small">You may leave this page: the job goes on.</span>}
    </div>
  );
}
