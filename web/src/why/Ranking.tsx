import { useEffect, useMemo, useState } from "preact/hooks";
import type { Exemplar } from "../api/types";
import { shortLabel } from "../browse/labels";
import { tellProblem } from "../shell/notices";
import { Cuts } from "./Cuts";
import type { Candidate, Explanation, Moment } from "./explanation";
import { asker, clock } from "./moments";
import "./ranking.css";
import { exemplarsOf } from "./rows";
import { barOf, columnsOf, differences, scaleOf, signed, type TermColumn } from "./scores";

interface Props {
  /** Heads the ranking where there are two. */
  name?: string;
  explanation: Explanation;
  moment: Moment;
  version: number;
  options: Record<string, unknown>;
  /** The exemplar that is played. */
  played: number | undefined;
  play: (id: number) => void;
  /** What is left out, and how one more is. */
  without?: readonly number[];
  leaveOut?: (id: number) => void;
}

/** The ranked exemplars of one moment with every term of their scores. */
export function Ranking(props: Props) {
  const { name, explanation, moment, version, played } = props;
  const rows = useExemplars(moment, version);
  const columns = useMemo(
    () => columnsOf(moment.candidates, explanation.weights),
    [moment, explanation],
  );
  const winner = moment.candidates.find((each) => each.exemplar_id === moment.placed?.exemplar_id);
  const shown = moment.candidates.find((each) => each.exemplar_id === played);
  return (
    <section class="why-ranking" aria-label={name ? `Candidates ${name}` : "Candidates"}>
      <header>
        {name && <p class="why-side-name small">{name}</p>}
        <h2>
          “{moment.word}” <span class="soft">{moment.label}</span>
        </h2>
        <p class="small soft">
          {asker(moment.method)} asks at {clock(moment.time_seconds)}
          {moment.prominence !== null && ` · prominence ${moment.prominence.toFixed(2)}`}
          {` · importance ${moment.importance.toFixed(2)}`}
          {moment.margin !== null && ` · margin to the next ${signed(moment.margin)}`}
        </p>
        <p class={moment.placed ? "why-fate" : "why-fate why-fate-dropped"}>{fateOf(moment)}</p>
      </header>
      {moment.candidates.length > 0 && (
        <div class="why-scores">
          <table>
            <thead>
              <tr>
                <th scope="col">#</th>
                <th scope="col">exemplar</th>
                <th scope="col" class="why-number">
                  score
                </th>
                {columns.map((each) => (
                  <th key={each.name} scope="col" class="why-number" title={each.help}>
                    {each.label}
                  </th>
                ))}
                <th scope="col">
                  <span class="unseen">What can be done</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {moment.candidates.map((each, rank) => (
                <Row
                  key={each.exemplar_id}
                  {...props}
                  candidate={each}
                  rank={rank + 1}
                  columns={columns}
                  row={rows.get(each.exemplar_id)}
                  placed={each === winner}
                />
              ))}
            </tbody>
          </table>
          {winner && shown && shown !== winner && (
            <p class="small">
              #{shown.exemplar_id} against #{winner.exemplar_id}:{" "}
              {differences(shown, winner).join(", ") || "no difference"}
            </p>
          )}
          <Legend columns={columns} />
        </div>
      )}
      <Cuts moment={moment} options={props.options} played={played} play={props.play} />
    </section>
  );
}

interface RowProps extends Props {
  candidate: Candidate;
  rank: number;
  columns: readonly TermColumn[];
  row: Exemplar | undefined;
  placed: boolean;
}

function Row(props: RowProps) {
  const { candidate, rank, columns, row, placed, moment, played, without = [] } = props;
  const id = candidate.exemplar_id;
  const gone = without.includes(id);
  return (
    <tr class={placed ? "why-row-placed" : undefined} aria-selected={id === played}>
      <td class="why-number">{rank}</td>
      <th scope="row">
        <span class="why-exemplar-word">
          {candidate.word} <span class="soft">#{id}</span>{" "}
          {placed && <span class="why-tag">placed</span>}
          {gone && <span class="why-tag">left out</span>}
        </span>
        <span class="soft small why-clipped" title={row?.text}>
          {row ? `${row.speaker_name} · ` : `speaker ${candidate.speaker} · `}
          {shortLabel(candidate.label)}
          {candidate.quality.length > 0 && ` · ${candidate.quality.join(", ")}`}
          {row?.text && ` · “${row.text}”`}
        </span>
      </th>
      <td class="why-number">
        <strong>{candidate.total.toFixed(2)}</strong>
        <span class="soft small why-behind">
          {candidate.behind > 0 ? signed(-candidate.behind) : "best"}
        </span>
      </td>
      {columns.map((column) => (
        <Cell key={column.name} {...{ candidate, column, moment }} />
      ))}
      <td class="why-row-does">
        <button type="button" aria-pressed={id === played} onClick={() => props.play(id)}>
          Play<span class="unseen"> #{id}</span>
        </button>
        {props.leaveOut && (
          <button
            type="button"
            aria-pressed={gone}
            title="What the talk would get without this exemplar"
            onClick={() => props.leaveOut?.(id)}
          >
            {gone ? "Back" : "Without"}
            <span class="unseen"> #{id}</span>
          </button>
        )}
      </td>
    </tr>
  );
}

function Cell({
  candidate,
  column,
  moment,
}: {
  candidate: Candidate;
  column: TermColumn;
  moment: Moment;
}) {
  const bar = barOf(candidate, column, scaleOf(moment.candidates, column));
  if (!bar) return <td class="why-number soft">–</td>;
  return (
    <td class="why-number" title={bar.why}>
      {signed(bar.value)}
      <span class="why-bar" aria-hidden="true">
        <span
          class={bar.against ? "why-bar-of why-bar-against" : "why-bar-of"}
          style={{ width: `${100 * bar.share}%` }}
        />
      </span>
    </td>
  );
}

function Legend({ columns }: { columns: readonly TermColumn[] }) {
  return (
    <details class="why-legend small">
      <summary>What the columns say</summary>
      <dl>
        {columns.map((each) => (
          <div key={each.name}>
            <dt>{each.label}</dt>
            <dd>
              {each.help}
              {each.weight !== undefined && (
                <span class="soft"> · at most {each.weight.toFixed(2)}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <p class="soft">
        A full bar is the weight of its column; a hatched one is taken away. The score is the sum.
      </p>
    </details>
  );
}

function useExemplars(moment: Moment, version: number): Map<number, Exemplar> {
  const [rows, setRows] = useState(new Map<number, Exemplar>());
  useEffect(() => {
    const leave = new AbortController();
    const ids = moment.candidates.map((each) => each.exemplar_id);
    exemplarsOf(ids, version, leave.signal).then(setRows, tellProblem);
    return () => leave.abort();
  }, [moment, version]);
  return rows;
}

function fateOf(moment: Moment): string {
  const { placed } = moment;
  if (!placed) return `Dropped: ${moment.reason}`;
  const early = placed.offset_seconds < 0 ? "before" : "after";
  return (
    `#${placed.exemplar_id} lies at ${clock(placed.target_start_seconds)} to ` +
    `${clock(placed.target_end_seconds)}; its stroke falls ` +
    `${Math.abs(placed.offset_seconds).toFixed(2)} s ${early} the syllable. ${sentence(moment.reason)}`
  );
}

/** What is said beyond the terms, which the columns show. */
function sentence(reason: string): string {
  const beyond = reason.split("; ").filter((part) => !/\([+-]\d+\.\d+\)$/.test(part));
  return beyond.length ? `${beyond.join("; ")}.` : "";
}
