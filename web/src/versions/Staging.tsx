import { exemplarsText } from "../edit/fields";
import { ChangedRows } from "./ChangedRows";
import type { Question } from "./Confirm";
import { promiseWords } from "./promises";
import { difference, head, liveTag, promote, tags } from "./state";

/** Staging against live: what requests do not get yet, and the ways to give it to them. */
export function Staging({ confirm }: { confirm: (question: Question) => void }) {
  const live = liveTag(tags.value);
  const diff = difference.value;
  if (!live || !diff) return null;
  const ask = (title: string, follow: boolean) =>
    confirm({
      title,
      words: promiseWords(follow ? "follow" : "promote", head.value, live),
      act: title,
      run: () => promote(head.value, follow),
    });
  return (
    <section class="card" aria-labelledby="staging-title">
      <h2 id="staging-title">Live and staging</h2>
      <p>
        Requests are answered from <strong>version {live.version}</strong>
        {live.follows ? ", which moves with every edit." : ", which stays until it is moved."}
      </p>
      <div class="dialog-acts version-acts">
        {live.version !== head.value && (
          <button
            type="button"
            class="first"
            onClick={() => ask(`Promote version ${head.value}`, false)}
          >
            Promote staging ({head.value})
          </button>
        )}
        {live.follows ? (
          <button type="button" onClick={() => ask(`Pin live to version ${head.value}`, false)}>
            Pin live here
          </button>
        ) : (
          <button type="button" onClick={() => ask("Let live follow", true)}>
            Follow every edit
          </button>
        )}
      </div>
      <h3>
        {diff.total === 0
          ? "Staging says the same as live."
          : `Staging differs in ${exemplarsText(diff.total)}`}
      </h3>
      {diff.total > 0 && <ChangedRows diff={diff} />}
    </section>
  );
}
