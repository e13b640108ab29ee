import { useEffect } from "preact/hooks";
import { shortLabel } from "../browse/labels";
import { learnSpeakers, speakerNames } from "../browse/speakers";
import { hashOf } from "../shell/address";
import { tellProblem } from "../shell/notices";
import type { CutExemplar, Moment } from "./explanation";
import { cutsOf, standing } from "./moments";

const MOST_NAMED = 5;

interface Props {
  moment: Moment;
  options: Record<string, unknown>;
  /** The exemplar that is played. */
  played: number | undefined;
  play: (id: number) => void;
}

/** What the filters kept out of one moment, by which choice, and the best of it. */
export function Cuts({ moment, options, played, play }: Props) {
  const cuts = cutsOf(moment);
  useEffect(() => {
    learnSpeakers().catch(tellProblem);
  }, []);
  if (!cuts.length) return null;
  return (
    <section class="why-cuts small" aria-label="What filters cut">
      <h3>Cut by filters</h3>
      {cuts.map((cut) => (
        <details key={cut.name} open={cut.name !== "label" && cut.examples.length > 0}>
          <summary>
            <strong>{cut.count.toLocaleString("en")}</strong> {cut.what}
            <span class="soft">{choiceOf(cut.name, moment, options)}</span>
          </summary>
          <ul>
            {cut.examples.map((each) => (
              <li key={each.exemplar_id}>
                <Example {...{ each, played, play }} />
              </li>
            ))}
          </ul>
          {cut.count > cut.examples.length && cut.examples.length > 0 && (
            <p class="soft">The best {cut.examples.length} of them.</p>
          )}
        </details>
      ))}
    </section>
  );
}

function Example({
  each,
  played,
  play,
}: {
  each: CutExemplar;
  played: number | undefined;
  play: (id: number) => void;
}) {
  const id = each.exemplar_id;
  const speaker = speakerNames.value.get(String(each.speaker)) ?? `speaker ${each.speaker}`;
  return (
    <>
      <a href={hashOf("browse", { removed: "any", id: String(id) })} title="Open it in Browse">
        {each.word} <span class="soft">#{id}</span>
      </a>{" "}
      <span class="soft">
        {shortLabel(each.label)} · {speaker}
      </span>{" "}
      <span class="why-cut-score">{standing(each)}</span>
      <button type="button" class="quiet" aria-pressed={id === played} onClick={() => play(id)}>
        Play<span class="unseen"> #{id}</span>
      </button>
    </>
  );
}

function choiceOf(name: string, moment: Moment, options: Record<string, unknown>): string {
  switch (name) {
    case "label":
      return `: only ${moment.label} and what lies near it was looked among`;
    case "speaker":
      return ": “own speaker” is set to “only”";
    case "recording":
      return named(options.exclude_recordings);
    default:
      return named(options.exclude_exemplars, "#");
  }
}

function named(given: unknown, sign = ""): string {
  const all = Array.isArray(given) ? given : [];
  if (!all.length) return "";
  const some = all.slice(0, MOST_NAMED).map((each) => `${sign}${each}`);
  return `: ${some.join(", ")}${all.length > some.length ? " and others" : ""}`;
}
