import type { RowChange } from "../api/types";
import { changesOf, kindOf } from "./fields";

/** What changed of one exemplar, field by field: before struck out, after strong. */
export function FieldChanges({ before, after }: Pick<RowChange, "before" | "after">) {
  if (!before && after) {
    return (
      <p class="soft">
        added as {after.sense}, “{after.word}”
      </p>
    );
  }
  if (!before || !after) return null;
  const changes = changesOf(before, after);
  if (changes.length === 0) return <p class="soft">{kindOf({ id: after.id, before, after })}</p>;
  return (
    <dl class="field-changes">
      {changes.map((each) => (
        <div key={each.field} style={{ display: "contents" }}>
          <dt>{each.field}</dt>
          <dd>
            <del>{each.before}</del> <span aria-hidden="true">→</span>
            <span class="unseen"> becomes </span> <ins>{each.after}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
