import { useSignal } from "@preact/signals";
import { isFinal } from "../jobs/follow";
import { JobProgress } from "../jobs/JobProgress";
import { ResultPlayer } from "../jobs/ResultPlayer";
import { isPlayable } from "../jobs/resultTake";
import { useJob } from "../jobs/useJob";
import { hashOf, place } from "../shell/address";
import { TypedInput } from "../shell/TypedInput";
import { info } from "./info";
import { keyOf } from "./moments";
import { isTextAlone } from "./question";
import { answer, busy, generate, question } from "./session";

interface Props {
  choose: (key: string) => void;
}

/** Gestures for the same speech: asked for, followed, and played beside what they were made of. */
export function Result({ choose }: Props) {
  const id = place.value.query.get("result");
  const job = useJob(id);
  const known = answer.value?.whole;
  return (
    <section class="why-generated" aria-label="Result">
      {(!id || (job && isFinal(job))) && <Ask again={Boolean(id)} next={(job?.seed ?? -1) + 1} />}
      {job && <JobProgress job={job} />}
      {job && isPlayable(job) && (
        <div class="why-generated-player">
          <ResultPlayer
            key={job.id}
            job={job}
            annotations={known && sameWords(job.result) ? known.annotations : undefined}
            onInsertion={(insertion) => {
              const moment = known?.explanation.moments.find(
                (each) =>
                  each.label === insertion.label &&
                  Math.abs(each.time_seconds - insertion.time_seconds) < 0.05,
              );
              if (moment) choose(keyOf(moment));
            }}
          />
        </div>
      )}
      {id && (
        <p class="small soft why-generated-link">
          <a href={hashOf("jobs", { id })}>This job among the others</a>, with its files
        </p>
      )}
    </section>
  );
}

/** A text that was spoken has other times than those that were guessed. */
function sameWords(result: { voice?: unknown } | null | undefined): boolean {
  return !result?.voice;
}

function Ask({ again, next }: { again: boolean; next: number }) {
  const seed = useSignal(next);
  const without = answer.value?.whole.without?.exemplars ?? [];
  const unspeakable = isTextAlone(question.value) && info.value?.speaks === false;
  const other = answer.value && question.value.index !== "live";
  return (
    <form
      class="why-generate"
      onSubmit={(event) => {
        event.preventDefault();
        void generate(seed.value);
      }}
    >
      <label for="why-seed">
        Seed{" "}
        <TypedInput
          id="why-seed"
          live
          number={{ step: 1, least: 0, most: 2 ** 32 }}
          value={String(seed.value)}
          onTyped={(typed) => {
            seed.value = Number(typed);
          }}
        />
      </label>
      <button
        type="submit"
        class={again ? "" : "first"}
        disabled={Boolean(busy.value) || unspeakable}
      >
        {again ? "Generate again" : "Generate"}
      </button>
      <span class="small soft">
        {unspeakable
          ? "This service speaks no text: add a sound to generate gestures."
          : [
              isTextAlone(question.value) && "The text is spoken first.",
              without.length > 0 && `Without ${without.map((each) => `#${each}`).join(", ")}.`,
              other && "Gestures are always made with the live version.",
            ]
              .filter(Boolean)
              .join(" ")}
      </span>
    </form>
  );
}
