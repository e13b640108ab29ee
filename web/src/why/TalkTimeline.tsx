import { useMemo } from "preact/hooks";
import type { Side } from "./compare";
import type { Annotations, Moment } from "./explanation";
import { clock, huesOf, keyOf } from "./moments";
import { legible, percent, rowsOf, type Shown, ticks } from "./span";

interface Props {
  annotations: Annotations;
  /** One answer, or two to compare. */
  sides: readonly Side[];
  /** Key of the chosen moment. */
  chosen: string;
  shown: Shown;
  choose: (key: string) => void;
  /** Moments that two answers decide differently. */
  differing: ReadonlySet<string>;
}

/** Where the talk asks, and where its insertions lie: one lane an answer. */
export function TalkTimeline({ annotations, sides, chosen, shown, choose, differing }: Props) {
  const times = ticks(shown);
  const written = legible(
    annotations.words.filter((word) => word.start >= shown.from && word.start < shown.to),
    shown,
  );
  const asking = sameFates(sides) ? sides.slice(0, 1) : sides;
  return (
    <div class="talk-lanes">
      <div class="talk-lane talk-lane-scale" aria-hidden="true">
        <span class="talk-lane-name" />
        <div class="talk-lane-track">
          {times.map((each) => (
            <span key={each} class="talk-tick" style={{ left: `${percent(each, shown)}%` }}>
              {each} s
            </span>
          ))}
        </div>
      </div>
      <div class="talk-lane talk-lane-words" aria-hidden="true">
        <span class="talk-lane-name">words</span>
        <div class="talk-lane-track">
          {written.map((word) => (
            <span
              key={word.start}
              class="talk-lane-word"
              style={{ left: `${percent(word.start, shown)}%` }}
            >
              {word.word}
            </span>
          ))}
        </div>
      </div>
      {asking.map((side, number) => (
        <AskingLane
          key={side.name}
          name={asking.length > 1 ? `asks ${"AB"[number]}` : "asks"}
          {...{ side, shown, chosen, choose }}
        />
      ))}
      {sides.map((side, number) => (
        <InsertionLane
          key={side.name}
          name={sides.length > 1 ? `gets ${"AB"[number]}` : "gets"}
          {...{ side, shown, chosen, choose, differing }}
        />
      ))}
    </div>
  );
}

interface LaneProps {
  name: string;
  side: Side;
  shown: Shown;
  chosen: string;
  choose: (key: string) => void;
}

interface InsertionProps extends LaneProps {
  differing: ReadonlySet<string>;
}

function AskingLane({ name, side, shown, chosen, choose }: LaneProps) {
  const moments = side.explanation.moments.filter((each) => isShown(each.time_seconds, shown));
  const rows = useMemo(
    () =>
      rowsOf(
        moments.map((each) => percent(each.time_seconds, shown)),
        2,
      ),
    [side, shown.from, shown.to],
  );
  const hues = useMemo(() => huesOf(side.explanation.moments), [side]);
  return (
    <div class="talk-lane" style={{ "--rows": Math.max(1, ...rows.map((row) => row + 1)) }}>
      <span class="talk-lane-name" title={side.name}>
        {name}
      </span>
      <div class="talk-lane-track talk-lane-moments">
        {moments.map((moment, number) => (
          <button
            key={keyOf(moment)}
            type="button"
            class={moment.placed ? "talk-mark talk-mark-placed" : "talk-mark talk-mark-dropped"}
            style={{
              left: `${percent(moment.time_seconds, shown)}%`,
              "--row": rows[number] ?? 0,
              "--hue": `var(--hue-${hues.get(keyOf(moment)) ?? 7})`,
            }}
            aria-pressed={keyOf(moment) === chosen}
            aria-label={describe(moment)}
            title={describe(moment)}
            onClick={() => choose(keyOf(moment))}
          />
        ))}
      </div>
    </div>
  );
}

function InsertionLane({ name, side, shown, chosen, choose, differing }: InsertionProps) {
  const hues = useMemo(() => huesOf(side.explanation.moments), [side]);
  return (
    <div class="talk-lane">
      <span class="talk-lane-name" title={side.name}>
        {name}
      </span>
      <div class="talk-lane-track talk-lane-insertions">
        {side.explanation.moments.map((moment) => {
          const { placed } = moment;
          if (!placed || placed.target_end_seconds <= shown.from) return null;
          if (placed.target_start_seconds >= shown.to) return null;
          const candidate = moment.candidates.find(
            (each) => each.exemplar_id === placed.exemplar_id,
          );
          return (
            <button
              key={keyOf(moment)}
              type="button"
              class="talk-insertion"
              style={{
                ...spanStyle(placed.target_start_seconds, placed.target_end_seconds, shown),
                "--hue": `var(--hue-${hues.get(keyOf(moment)) ?? 7})`,
              }}
              aria-pressed={keyOf(moment) === chosen}
              title={`${describe(moment)}\n${moment.reason}`}
              onClick={() => choose(keyOf(moment))}
            >
              {differing.has(keyOf(moment)) && (
                <>
                  <span aria-hidden="true">≠ </span>
                  <span class="unseen">differs: </span>
                </>
              )}
              #{placed.exemplar_id} {candidate?.word}
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** Whether all answers agree which moments get something, and which go without. */
function sameFates(sides: readonly Side[]): boolean {
  const fates = sides.map((side) =>
    side.explanation.moments.map((each) => `${keyOf(each)} ${Boolean(each.placed)}`).join(),
  );
  return new Set(fates).size === 1;
}

/** A moment in a sentence: for titles and screen readers. */
export function describe(moment: Moment): string {
  const asks = `${clock(moment.time_seconds)}, “${moment.word}” asks for ${moment.label}`;
  const { placed } = moment;
  if (!placed) return `${asks}; dropped: ${moment.reason}`;
  const from = clock(placed.target_start_seconds);
  return `${asks}; gets #${placed.exemplar_id} from ${from} to ${clock(placed.target_end_seconds)}`;
}

function isShown(seconds: number, shown: Shown): boolean {
  return shown.from <= seconds && seconds <= shown.to;
}

function spanStyle(start: number, end: number, shown: Shown) {
  const from = Math.max(start, shown.from);
  const to = Math.min(end, shown.to);
  return {
    left: `${percent(from, shown)}%`,
    width: `${percent(to, shown) - percent(from, shown)}%`,
  };
}
