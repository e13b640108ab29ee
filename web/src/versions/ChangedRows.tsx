import type { Diff, RowChange } from "../api/types";
import { LabelChip } from "../browse/LabelChip";
import { FieldChanges } from "../edit/FieldChanges";
import { grouped } from "../edit/fields";
import { hashOf } from "../shell/address";

const MOST_SHOWN = 200;

/** What turns one version into another, by kind of change; each row opens its exemplar. */
export function ChangedRows({ diff }: { diff: Diff }) {
  if (diff.total === 0) return <p class="soft">No exemplar changed.</p>;
  return (
    <div class="changed">
      {grouped(diff.rows).map(({ kind, rows }) => (
        <details key={kind} open={rows.length <= MOST_SHOWN}>
          <summary>
            {rows.length.toLocaleString("en")} {kind}
          </summary>
          <ul>
            {rows.slice(0, MOST_SHOWN).map((row) => (
              <li key={row.id}>
                <Changed row={row} />
              </li>
            ))}
          </ul>
          {rows.length > MOST_SHOWN && (
            <p class="soft small">and {(rows.length - MOST_SHOWN).toLocaleString("en")} more</p>
          )}
        </details>
      ))}
      {diff.rows.length < diff.total && (
        <p class="soft small">
          The first {diff.rows.length.toLocaleString("en")} of {diff.total.toLocaleString("en")}{" "}
          rows.
        </p>
      )}
    </div>
  );
}

function Changed({ row }: { row: RowChange }) {
  const now = row.after ?? row.before;
  if (!now) return null;
  return (
    <>
      <a href={hashOf("browse", { removed: "any", id: String(row.id) })}>{row.id}</a>{" "}
      <LabelChip label={now.sense} /> “{now.word}”{" "}
      <span class="soft small">
        {now.speaker_name}, {now.recording}
      </span>
      <FieldChanges before={row.before} after={row.after} />
    </>
  );
}
