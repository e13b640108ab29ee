import { FRAME_SECONDS } from "../clock";
import type { TimelineModel } from "./model";
import { type Row, valueAt } from "./rows";

interface Props {
  model: TimelineModel;
  rows: readonly Row[];
}

/** What lies below the pointer, in words and numbers; while an edge is moved, where it is. */
export function ReadOut({ model, rows }: Props) {
  const draft = model.draft.value;
  if (draft) {
    const { span, stroke } = draft;
    return (
      <output class="read-out read-out-moved" aria-live="polite">
        {draft.mark.text} {span.start.toFixed(3)} to {span.end.toFixed(3)} s
        {stroke !== undefined && `, stroke ${stroke.toFixed(3)} s`}
      </output>
    );
  }
  const time = model.hover.value;
  return <span class="read-out">{time !== undefined && saidAt(rows, time)}</span>;
}

function saidAt(rows: readonly Row[], time: number): string {
  const parts = [`${time.toFixed(2)} s`, `frame ${Math.round(time / FRAME_SECONDS)}`];
  for (const row of rows) {
    if (row.kind === "tier") {
      const mark = row.lanes.at(time);
      if (mark) parts.push(mark.text);
    } else if (row.kind === "curves") {
      for (const curve of row.curves) {
        const value = valueAt(curve, time);
        if (value !== undefined) parts.push(`${curve.name} ${value.toFixed(2)} ${row.unit}`);
      }
    }
  }
  return parts.join("  ·  ");
}
