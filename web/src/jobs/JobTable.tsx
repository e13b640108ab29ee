import type { Job } from "../api/types";
import { isFinal } from "./follow";
import { fractionOf, kindOf, lasted, moment, stageOf } from "./words";

interface Props {
  jobs: readonly Job[];
  chosen: string | null;
  choose: (id: string) => void;
}

/** One line a job. */
export function JobTable({ jobs, chosen, choose }: Props) {
  return (
    <table class="job-table">
      <thead>
        <tr>
          <th scope="col">job</th>
          <th scope="col">kind</th>
          <th scope="col">state</th>
          <th scope="col">made</th>
          <th scope="col" class="number">
            took
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id} aria-selected={job.id === chosen} onClick={() => choose(job.id)}>
            <th scope="row">
              <button
                type="button"
                class="quiet job-name"
                aria-current={job.id === chosen}
                onClick={() => choose(job.id)}
              >
                <code>{job.id.slice(0, 8)}</code>
              </button>
            </th>
            <td>{kindOf(job)}</td>
            <td>
              <State job={job} />
            </td>
            <td class="small">{moment(job.created_at)}</td>
            <td class="small number">{lasted(job)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function State({ job }: { job: Job }) {
  if (isFinal(job)) return <span class={`job-state job-state-${job.state}`}>{job.state}</span>;
  return (
    <span class="job-state job-state-live">
      {stageOf(job)}
      {job.state === "running" && (
        <progress
          aria-label={`Progress of ${job.id.slice(0, 8)}`}
          value={fractionOf(job)}
          max={1}
        />
      )}
    </span>
  );
}
