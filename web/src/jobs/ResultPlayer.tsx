import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";
import { exemplarTake } from "../watch/exemplarTake";
import { Player } from "../watch/Player";
import type { Mark, PlayerProps } from "../watch/types";
import type { Annotations } from "../why/explanation";
import { exemplarsOf } from "../why/rows";
import "./result.css";
import {
  around,
  hueOf,
  type Insertion,
  insertionAt,
  insertionsOf,
  resultTake,
  shiftOf,
} from "./resultTake";
import { annotationsOf } from "./speech";

/** Insertions that are named at a time; an hour has a thousand. */
const MOST_NAMED = 40;

interface Props {
  job: Job;
  /** Tiers of the speech, where they are known already. */
  annotations?: Annotations | undefined;
  /** An insertion was chosen, by its number. */
  onInsertion?: (insertion: Insertion) => void;
}

/** The result of a job; beside it the exemplar of the insertion under the playhead. */
export function ResultPlayer({ job, annotations, onInsertion }: Props) {
  const insertions = useMemo(() => insertionsOf(job), [job]);
  const known = useAnnotations(job, annotations);
  const take = useMemo(() => resultTake(job, known), [job, known]);
  const [current, setCurrent] = useState<number | undefined>(() => insertionAt(insertions, 0));
  const [chosen, setChosen] = useState<number>();
  const ghost = useGhost(job, insertions, current);
  const choose = (number: number) => {
    const insertion = insertions[number];
    if (!insertion) return;
    setChosen(number);
    onInsertion?.(insertion);
  };
  const reason = insertions[chosen ?? current ?? 0];
  const { first, last } = around(insertions.length, current ?? 0, MOST_NAMED);
  const near = insertions.slice(first, last);
  const legend = useInView(current);
  return (
    <div class="job-result">
      <fieldset class="job-result-legend" aria-label="Inserted exemplars" ref={legend}>
        {near.map((each, place) => {
          const number = first + place;
          return (
            <button
              key={each.start_seconds}
              type="button"
              class={number === current ? "job-inserted job-inserted-now" : "job-inserted"}
              style={{ "--hue": `var(--hue-${hueOf(number)})` }}
              aria-pressed={number === chosen}
              onClick={() => choose(number)}
            >
              #{each.exemplar_id} {each.exemplar_word}
            </button>
          );
        })}
        {insertions.length === 0 && <span class="soft">No exemplar was inserted.</span>}
      </fieldset>
      {reason && (
        <p class="small job-result-reason">
          <strong>
            #{reason.exemplar_id} for “{reason.word}”
          </strong>{" "}
          <span class="soft">
            {reason.start_seconds.toFixed(1)}–{reason.end_seconds.toFixed(1)} s
          </span>{" "}
          {reason.reason}
        </p>
      )}
      <div class="job-result-player">
        <Player
          take={take}
          {...(ghost && { ghost })}
          onTime={(seconds) => setCurrent(insertionAt(insertions, seconds))}
          onMark={(mark: Mark) => {
            if (insertions[Number(mark.id)]) choose(Number(mark.id));
          }}
        />
      </div>
      <p class="soft small">
        Left the result; right the exemplar that lies there
        {current !== undefined && `, #${insertions[current]?.exemplar_id}`}, stroke on stroke.
        {near.length < insertions.length &&
          ` Above, insertions ${first + 1} to ${last} of ${insertions.length.toLocaleString("en")}, around the playhead.`}
      </p>
    </div>
  );
}

/** The names, scrolled to the one that lies under the playhead. */
function useInView(current: number | undefined) {
  const legend = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    const names = legend.current;
    const now = names?.querySelector<HTMLElement>(".job-inserted-now");
    // whoever reaches for a name finds it where it was
    if (!names || !now || names.matches(":hover, :focus-within")) return;
    names.scrollTop = now.offsetTop;
  }, [current]);
  return legend;
}

function useAnnotations(job: Job, given: Annotations | undefined): Annotations | undefined {
  const [read, setRead] = useState<Annotations>();
  useEffect(() => {
    if (given) return;
    const leave = new AbortController();
    annotationsOf(job, leave.signal).then((found) => setRead(found.annotations), tellProblem);
    return () => leave.abort();
  }, [job, given]);
  return given ?? read;
}

type Ghost = NonNullable<PlayerProps["ghost"]>;

function useGhost(
  job: Job,
  insertions: readonly Insertion[],
  current: number | undefined,
): Ghost | undefined {
  const [ghost, setGhost] = useState<Ghost>();
  useEffect(() => {
    const insertion = current === undefined ? undefined : insertions[current];
    const version = job.index_version;
    if (!insertion || version === null || version === undefined) return;
    const leave = new AbortController();
    const find = async () => {
      const rows = await exemplarsOf([insertion.exemplar_id], version, leave.signal);
      const row = rows.get(insertion.exemplar_id);
      if (!row || leave.signal.aborted) return;
      const take = await exemplarTake(row, version);
      if (!leave.signal.aborted) setGhost({ take, shift: shiftOf(insertion, row), beside: true });
    };
    find().catch(tellProblem);
    return () => leave.abort();
  }, [job, insertions, current]);
  return ghost;
}
