import { CURVE_HUES } from "./drawing";
import type { Row } from "./rows";

/** What the rows are, at their left. */
export function RowNames({ rows }: { rows: readonly Row[] }) {
  return (
    <div class="row-names" aria-hidden="true">
      {rows.map((row) => (
        <div
          key={`${row.kind} ${row.name}`}
          style={{ top: `${row.top}px`, height: `${row.height}px` }}
        >
          {row.kind === "curves" ? <CurveNames row={row} /> : row.kind === "ruler" ? "s" : row.name}
        </div>
      ))}
    </div>
  );
}

function CurveNames({ row }: { row: Extract<Row, { kind: "curves" }> }) {
  return (
    <>
      <span class="curve-top">
        {row.most} {row.unit}
      </span>
      {row.curves.map((curve, number) => (
        <span key={curve.name} class="curve-name">
          <svg width="18" height="6" aria-hidden="true">
            <line
              x1="0"
              x2="18"
              y1="3"
              y2="3"
              stroke={`var(--hue-${CURVE_HUES[number] ?? number})`}
              stroke-width="2"
              stroke-dasharray={number % 2 ? "5 3" : undefined}
            />
          </svg>
          {curve.name}
        </span>
      ))}
      <span class="curve-foot">0</span>
    </>
  );
}
