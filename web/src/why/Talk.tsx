import { useMemo } from "preact/hooks";
import { shortLabel } from "../browse/labels";
import type { Annotations, Moment } from "./explanation";
import { asker, huesOf, keyOf } from "./moments";
import type { Shown } from "./span";
import "./talk.css";
import { rolesOf, type ShownWord, shownWords, type WordLabel } from "./talk";

interface Props {
  annotations: Annotations;
  moments: readonly Moment[];
  chosen: Moment | undefined;
  shown: Shown;
  choose: (key: string) => void;
}

const ROLES = { focus: "", arg1: "Arg1", arg2: "Arg2" } as const;

/** The words with everything that was found on them underneath; labels choose their moment. */
export function Talk({ annotations, moments, chosen, shown, choose }: Props) {
  const words = useMemo(
    () => shownWords(annotations, moments, shown.from, shown.to),
    [annotations, moments, shown.from, shown.to],
  );
  const roles = useMemo(() => rolesOf(annotations, chosen), [annotations, chosen]);
  const hues = useMemo(() => huesOf(moments), [moments]);
  return (
    <div class="talk-words">
      {words.map((word) => {
        const role = roles.get(word.place);
        const opens = role && roles.get(word.place - 1) !== role;
        return (
          <span key={word.place} class={`talk-word ${role ? `talk-word-${role}` : ""}`}>
            <span class={`talk-said talk-said-${word.strength ?? 0}`} title={titleOf(word)}>
              {opens && ROLES[role] && <span class="talk-role">{ROLES[role]}</span>}
              {word.text}
            </span>
            <span class="talk-labels">
              {word.labels.map((label, number) => (
                <Label
                  // labels of a word never change their order
                  key={number}
                  label={label}
                  hue={label.moment && hues.get(keyOf(label.moment))}
                  chosen={label.moment !== undefined && label.moment === chosen}
                  choose={choose}
                  brief={word.labels.length > 1 && !label.moment?.placed}
                />
              ))}
            </span>
          </span>
        );
      })}
      {words.length === 0 && <p class="soft">No words are known of this part.</p>}
    </div>
  );
}

interface LabelProps {
  label: WordLabel;
  hue: number | undefined;
  chosen: boolean;
  choose: (key: string) => void;
  /** Beside another label a sign alone must do. */
  brief: boolean;
}

function Label({ label, hue, chosen, choose, brief }: LabelProps) {
  const { moment } = label;
  if (!moment) return <span class="talk-label talk-label-plain">{shortLabel(label.text)}</span>;
  const fate = moment.placed ? `gets #${moment.placed.exemplar_id}` : "goes without";
  return (
    <button
      type="button"
      class={`talk-label ${moment.placed ? "talk-label-placed" : "talk-label-dropped"}`}
      style={hue === undefined ? undefined : { "--hue": `var(--hue-${hue})` }}
      aria-pressed={chosen}
      title={`${moment.label} on “${moment.word}”: ${asker(moment.method)} asks, ${fate}`}
      onClick={() => choose(keyOf(moment))}
    >
      <span aria-hidden="true">{moment.placed ? "◆" : "○"}</span>{" "}
      <span class={brief ? "unseen" : ""}>{shortLabel(label.text)}</span>
      <span class="unseen">
        {" "}
        on “{moment.word}”, {fate}
      </span>
    </button>
  );
}

function titleOf(word: ShownWord): string {
  const time = `${word.start.toFixed(2)}–${word.end.toFixed(2)} s`;
  return word.prominence === undefined ? time : `${time}, prominence ${word.prominence.toFixed(2)}`;
}
