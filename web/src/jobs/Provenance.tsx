import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Job } from "../api/types";
import { hashOf } from "../shell/address";
import { insertionsOf } from "./resultTake";
import { duration, moment } from "./words";

/** Rows that are shown at first; an hour has a thousand. */
const MOST_ROWS = 100;

interface Dropped {
  time_seconds: number;
  word: string;
  label: string;
  reason: string;
}

/** Where a result comes from: versions, chance, the exemplars with their scores and places. */
export function Provenance({ job }: { job: Job }) {
  const facts = factsOf(job).filter(([, value]) => value !== "");
  return (
    <section aria-label="Provenance">
      <h2>Provenance</h2>
      <dl class="job-facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Insertions job={job} />
      <DroppedMoments dropped={(job.result?.dropped ?? []) as Dropped[]} />
    </section>
  );
}

function factsOf(job: Job): [string, string][] {
  const result = job.result ?? {};
  const text = (value: unknown) => (value === null || value === undefined ? "" : String(value));
  return [
    ["made", moment(job.created_at)],
    ["begun", job.started_at ? moment(job.started_at) : ""],
    ["ended", job.finished_at ? moment(job.finished_at) : ""],
    [
      job.state === "queued" ? "waits until" : "kept until",
      text(job.expires_at && moment(job.expires_at)),
    ],
    ["attempt", job.attempt ? String(job.attempt) : ""],
    ["speaker", text(result.speaker)],
    ["seed", text(job.seed)],
    ["index version", text(job.index_version)],
    ["model", text(job.model_version)],
    ["length", result.seconds ? duration(Number(result.seconds)) : ""],
    ["word times", text(result.word_times)],
    ["voice", text(result.voice)],
    ["batch", [job.batch, job.batch_item].filter(Boolean).join(" / ")],
    ["choices", choices(result.options)],
  ];
}

/** Options in a line; defaults are many, so only what is short is said. */
function choices(options: unknown): string {
  const groups = (options ?? {}) as Record<string, unknown>;
  const sampling = (groups.sampling ?? {}) as Record<string, unknown>;
  const retrieval = (groups.retrieval ?? groups) as Record<string, unknown>;
  const named = {
    ...pick(retrieval, "method", "scorer", "placement"),
    ...pick(sampling, "mode", "steps"),
  };
  return Object.entries(named)
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

function pick(from: Record<string, unknown>, ...names: string[]): Record<string, unknown> {
  const found = names.map((name) => [name, from[name]] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}

function Insertions({ job }: { job: Job }) {
  const all = useMemo(() => insertionsOf(job), [job]);
  const whole = useSignal(false);
  if (!all.length) return null;
  const insertions = whole.value ? all : all.slice(0, MOST_ROWS);
  return (
    <div class="job-wide">
      <h3>Exemplars</h3>
      <table class="job-table">
        <thead>
          <tr>
            <th scope="col">lies at</th>
            <th scope="col">for</th>
            <th scope="col">exemplar</th>
            <th scope="col">of</th>
            <th scope="col" class="number">
              score
            </th>
            <th scope="col" class="number">
              rank
            </th>
          </tr>
        </thead>
        <tbody>
          {insertions.map((each) => (
            <tr key={each.start_seconds} title={each.reason}>
              <td class="small">
                {each.start_seconds.toFixed(1)}–{each.end_seconds.toFixed(1)} s
              </td>
              <td>
                “{each.word}” <span class="soft small">{each.label}</span>
              </td>
              <td>
                <a href={hashOf("browse", { id: String(each.exemplar_id) })}>#{each.exemplar_id}</a>{" "}
                {each.exemplar_word}
              </td>
              <td class="small">
                {each.recording}, {each.source_seconds.toFixed(1)} s
              </td>
              <td class="number">{each.score.toFixed(2)}</td>
              <td class="number">{each.rank}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {insertions.length < all.length && (
        <button
          type="button"
          onClick={() => {
            whole.value = true;
          }}
        >
          All {all.length.toLocaleString("en")} exemplars
        </button>
      )}
    </div>
  );
}

function DroppedMoments({ dropped }: { dropped: readonly Dropped[] }) {
  if (!dropped.length) return null;
  return (
    <details class="small">
      <summary>{dropped.length} moments went without</summary>
      <ul class="job-notes">
        {dropped.map((each) => (
          <li key={`${each.time_seconds} ${each.label}`}>
            {each.time_seconds.toFixed(2)} s “{each.word}” ({each.label}): {each.reason}
          </li>
        ))}
      </ul>
    </details>
  );
}
