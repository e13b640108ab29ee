import { memo } from "preact/compat";
import type { Exemplar } from "../api/types";
import { contextOf, tailOf } from "./context";
import type { Order } from "./filters";
import { LabelChip } from "./LabelChip";
import type { ListedExemplar } from "./rowCache";

/** The columns, and what a click on their head orders by. */
export const HEADS: readonly { name: string; order?: Order }[] = [
  { name: "" },
  { name: "Label", order: "label" },
  { name: "Word in its sentence" },
  { name: "Speaker" },
  { name: "Seconds", order: "seconds" },
  { name: "Stroke" },
  { name: "Quality" },
  { name: "Used" },
  { name: "Revision", order: "newest" },
];
const MOST_BEFORE = 60;

interface RowProps {
  id: number;
  row: Exemplar | undefined;
  place: number;
  top: number;
  active: boolean;
  chosen: boolean;
  waiting: boolean;
  edited: boolean;
  onPick: (place: number, event: MouseEvent) => void;
}

/** One exemplar in the list: the word in the middle of what is said around it. */
export const Row = memo(function Row(props: RowProps) {
  const { id, row, place, top, active, chosen } = props;
  const names = ["list-row"];
  if (active) names.push("list-active");
  if (chosen) names.push("list-chosen");
  if (row?.removed) names.push("list-removed");
  return (
    // keys reach the grid through its active descendant
    // biome-ignore lint/a11y/useKeyWithClickEvents: j, k, x and arrows do the same
    <div
      id={`row-${id}`}
      class={names.join(" ")}
      role="row"
      aria-rowindex={place + 2}
      aria-selected={chosen}
      aria-current={active ? "true" : undefined}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => props.onPick(place, event)}
    >
      <div role="gridcell" class="list-mark">
        {chosen ? "✓" : ""}
        <span class="unseen">{chosen ? "chosen" : ""}</span>
      </div>
      {row ? <Cells row={row} waiting={props.waiting} edited={props.edited} /> : <Blank id={id} />}
    </div>
  );
});

function Blank({ id }: { id: number }) {
  return (
    <div role="gridcell" class="list-blank">
      {id}
    </div>
  );
}

function Cells({ row, waiting, edited }: { row: Exemplar; waiting: boolean; edited: boolean }) {
  const { before, word, after } = contextOf(row.text, row.word, row.start_seconds);
  const used = (row as ListedExemplar).used_in_jobs;
  return (
    <>
      <div role="gridcell" class="list-label">
        <LabelChip label={row.sense} />
      </div>
      <div role="gridcell" class="list-context">
        <span class="list-before">{tailOf(before, MOST_BEFORE)}</span>
        <strong>{word}</strong>
        <span class="list-after">{after}</span>
      </div>
      <div role="gridcell">{row.speaker_name}</div>
      <div role="gridcell" class="list-number list-seconds">
        {(row.end_seconds - row.start_seconds).toFixed(2)}
      </div>
      <div role="gridcell" class="list-number list-stroke">
        {row.stroke_seconds === null ? "–" : row.stroke_seconds.toFixed(2)}
      </div>
      <div role="gridcell" class="list-flags">
        {row.quality.map((flag) => flag.replaceAll("_", " ")).join(", ")}
      </div>
      <div role="gridcell" class="list-number">
        {used ? `${used}×` : ""}
      </div>
      <div role="gridcell" class="list-revision">
        {row.removed ? "removed" : waiting ? "sending…" : edited ? "edited" : sourceText(row)}
      </div>
    </>
  );
}

function sourceText(row: Exemplar): string {
  return row.revision > 1 ? `${row.source}, ${row.revision}` : row.source;
}
