import { type Signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { place, put } from "../shell/address";
import { useKeys } from "../shell/keys";
import { CompareForm } from "./CompareForm";
import { aligned, changed } from "./compare";
import { Detail } from "./Detail";
import type { Answer } from "./explanation";
import { chosenMoment, keyOf } from "./moments";
import { QuestionForm } from "./QuestionForm";
import { Summary } from "./Summary";
import { beside, busy, toggleWithout } from "./session";
import { type Side, sidesOf } from "./sides";
import { around, lengthOf, WHOLE_SECONDS } from "./span";
import { Talk } from "./Talk";
import { TalkTimeline } from "./TalkTimeline";

export type Panel = "question" | "compare" | undefined;

/** One answer: the talk, the moments, the ranking of one of them, and what can be played. */
export function Answered({ answer }: { answer: Answer }) {
  const panel = useSignal<Panel>(undefined);
  const { query } = place.value;
  const { whole } = answer;
  const sides = useMemo(() => sidesOf(answer, beside.value), [answer, beside.value]);
  const [one, other] = sides;
  const pairs = useMemo(
    () => (other ? aligned(one.explanation, other.explanation) : []),
    [one, other],
  );
  const key = query.get("moment");
  const chosen = chosenMoment(one.explanation, key);
  const chosenKey = key ?? (chosen ? keyOf(chosen) : "");
  const played = Number(query.get("play")) || undefined;
  const result = query.get("show") === "result";
  const length = lengthOf(whole.annotations.words, whole.explanation.moments);
  const shown = around(chosen?.time_seconds ?? 0, length);
  useWhyKeys(one, chosen, played);
  return (
    <div class={`why ${panel.value ? "why-open" : ""}`}>
      <Summary answer={answer} panel={panel} result={result} />
      <SidePanel panel={panel} />
      {!result && (
        <section class="why-talk" aria-label="The talk" aria-busy={Boolean(busy.value)}>
          <Talk
            annotations={whole.annotations}
            moments={one.explanation.moments}
            {...{ chosen, shown, choose }}
          />
          {length > WHOLE_SECONDS && (
            <Walk moments={one.explanation.moments} {...{ shown, length }} />
          )}
          <TalkTimeline
            annotations={whole.annotations}
            chosen={chosenKey}
            differing={new Set(changed(pairs).map((pair) => pair.key))}
            {...{ sides, shown, choose }}
          />
        </section>
      )}
      <Detail
        moment={chosen}
        chosen={chosenKey}
        without={whole.without?.exemplars ?? []}
        {...{ sides, pairs, played, result, choose }}
      />
    </div>
  );
}

function choose(key: string): void {
  put("moment", [key]);
}

function SidePanel({ panel }: { panel: Signal<Panel> }) {
  if (!panel.value) return null;
  return (
    <aside class="why-panel" aria-label={panel.value === "question" ? "Question" : "Compare"}>
      {panel.value === "question" ? (
        <QuestionForm />
      ) : (
        <CompareForm
          done={() => {
            panel.value = undefined;
          }}
        />
      )}
    </aside>
  );
}

interface WalkProps {
  moments: Side["explanation"]["moments"];
  shown: { from: number; to: number };
  length: number;
}

/** Through a talk that is too long to be shown whole. */
function Walk({ moments, shown, length }: WalkProps) {
  const before = moments.findLast((each) => each.time_seconds < shown.from);
  const after = moments.find((each) => each.time_seconds > shown.to);
  return (
    <p class="why-walk small">
      <button type="button" disabled={!before} onClick={() => before && choose(keyOf(before))}>
        Earlier
      </button>
      <span class="soft">
        {shown.from.toFixed(0)}–{shown.to.toFixed(0)} s of {length.toFixed(0)} s
      </span>
      <button type="button" disabled={!after} onClick={() => after && choose(keyOf(after))}>
        Later
      </button>
    </p>
  );
}

function useWhyKeys(
  side: Side,
  chosen: ReturnType<typeof chosenMoment>,
  played: number | undefined,
): void {
  const { moments } = side.explanation;
  const step = (by: number) => {
    const next = moments[(chosen ? moments.indexOf(chosen) : -1) + by];
    if (next) put("moment", [keyOf(next)]);
  };
  const ids = chosen?.candidates.map((each) => each.exemplar_id) ?? [];
  const now = played ?? chosen?.placed?.exemplar_id;
  const walk = (by: number) => {
    const next = ids[Math.max(0, ids.indexOf(now ?? -1) + by)];
    if (next !== undefined) put("play", [String(next)]);
  };
  useKeys("Why", [
    { key: "n", does: "next moment", run: () => step(1) },
    { key: "p", does: "moment before", run: () => step(-1) },
    { key: "j", does: "next candidate", run: () => walk(1) },
    { key: "k", does: "candidate before", run: () => walk(-1) },
    {
      key: "x",
      does: "without this exemplar, or with it again",
      run: () => {
        if (now !== undefined && !beside.value) toggleWithout(now);
      },
    },
  ]);
}
