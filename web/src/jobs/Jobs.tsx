import { place, put } from "../shell/address";
import { useKeys } from "../shell/keys";
import { JobDetail } from "./JobDetail";
import "./jobs.css";
import { JobTable } from "./JobTable";
import { KINDS, STATES } from "./listing";
import { useJob } from "./useJob";
import { useJobs } from "./useJobs";
import { VersionFilter } from "./VersionFilter";
import { kindOf } from "./words";

/** All jobs, newest first, and one of them whole. */
export function Jobs() {
  const { query } = place.value;
  const states = query.getAll("state");
  const kinds = query.getAll("kind");
  const id = query.get("id");
  const version = query.get("version") ?? "";
  const { jobs, more, refused } = useJobs({ states, kinds, version });
  const job = useJob(id);
  const choose = (next: string) => put("id", [next]);
  const step = (by: number) => {
    const now = (jobs ?? []).findIndex((each) => each.id === id);
    const next = jobs?.[Math.max(0, now + by)];
    if (next) choose(next.id);
  };
  useKeys("Jobs", [
    { key: "j", does: "next job", run: () => step(1) },
    { key: "k", does: "job before", run: () => step(-1) },
  ]);
  return (
    <div class="jobs">
      <section class="jobs-list" aria-label="Jobs">
        <div class="jobs-filters">
          <Filter name="State" param="state" choices={STATES} chosen={states} />
          <Filter
            name="Kind"
            param="kind"
            choices={KINDS}
            chosen={kinds}
            nameOf={(each) => kindOf({ kind: each })}
          />
          <VersionFilter version={version} />
        </div>
        {refused && (
          <p class="jobs-refused" role="alert">
            {refused}
          </p>
        )}
        {jobs && <JobTable jobs={jobs} chosen={id} choose={choose} />}
        {!jobs && !refused && (
          <p class="soft" role="status">
            Fetching jobs…
          </p>
        )}
        {jobs?.length === 0 && <Empty narrowed={Boolean(version || states[0] || kinds[0])} />}
        {more && (
          <button type="button" class="jobs-more" onClick={more}>
            Older jobs
          </button>
        )}
      </section>
      <section class="jobs-detail" aria-label="Job">
        {job ? (
          <JobDetail key={job.id} job={job} />
        ) : (
          <p class="soft">{id ? "Fetching the job…" : "Choose a job to see it whole."}</p>
        )}
      </section>
    </div>
  );
}

function Empty({ narrowed }: { narrowed: boolean }) {
  if (narrowed) return <p class="soft jobs-empty">No job that is kept fits these filters.</p>;
  return (
    <p class="soft jobs-empty">
      No job is kept here. Ask for gestures in <a href="#/why">Why</a>.
    </p>
  );
}

interface FilterProps<T extends string> {
  name: string;
  param: string;
  choices: readonly T[];
  chosen: readonly string[];
  nameOf?: (choice: T) => string;
}

function Filter<T extends string>({ name, param, choices, chosen, nameOf }: FilterProps<T>) {
  return (
    <fieldset class="job-filter">
      <legend class="small soft">{name}</legend>
      {choices.map((each) => {
        const on = chosen.includes(each);
        return (
          <button
            key={each}
            type="button"
            class="job-chip"
            aria-pressed={on}
            onClick={() =>
              put(param, on ? chosen.filter((other) => other !== each) : [...chosen, each])
            }
          >
            {nameOf?.(each) ?? each}
          </button>
        );
      })}
    </fieldset>
  );
}
