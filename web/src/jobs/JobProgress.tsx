import { call } from "../api/client";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";
import { isFinal } from "./follow";
import "./progress.css";
import { fractionOf, lasted, stageOf } from "./words";

/** How far a job is, what it does, and a way to stop it; why it failed, and what to do. */
export function JobProgress({ job }: { job: Job }) {
  return (
    <div class="job-progress">
      {!isFinal(job) && (
        <div class="job-progress-line">
          <progress aria-label="Progress" value={fractionOf(job)} max={1} />
          <span role="status">
            {stageOf(job)}
            {job.progress &&
              job.progress.total > 1 &&
              ` ${job.progress.done}/${job.progress.total}`}
          </span>
          {job.attempt > 1 && <span class="soft small">attempt {job.attempt}</span>}
          <span class="soft small">{lasted(job)}</span>
          <button type="button" onClick={() => void cancel(job)}>
            Cancel
          </button>
        </div>
      )}
      {job.error && (
        <p class="job-error" role="alert">
          <strong>{job.error.message}</strong>
          {job.error.remedy && <span> {job.error.remedy}</span>}
        </p>
      )}
      {(job.state === "canceled" || job.state === "expired") && (
        <p class="soft">This job was {job.state}.</p>
      )}
    </div>
  );
}

async function cancel(job: Job): Promise<void> {
  try {
    await call(`/v1/jobs/${job.id}/cancel`, { method: "POST" });
  } catch (error) {
    tellProblem(error);
  }
}
