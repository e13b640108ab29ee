import type { Signal } from "@preact/signals";
import { go, put } from "../shell/address";
import type { Panel } from "./Answered";
import type { Answer } from "./explanation";
import { choicesOf, summaryOf } from "./question";
import { beside, busy, leaveOut, question, answer as shownAnswer, stopComparing } from "./session";

interface Props {
  answer: Answer;
  panel: Signal<Panel>;
  result: boolean;
}

/** What was asked in one line, and what can be done next. */
export function Summary({ answer, panel, result }: Props) {
  const { whole } = answer;
  const now = question.value;
  const said = summaryOf(
    now,
    whole.annotations.words.map((each) => each.word),
  );
  const gone = whole.without?.exemplars ?? [];
  const press = (name: Panel) => () => {
    panel.value = panel.value === name ? undefined : name;
  };
  return (
    <header class="why-summary">
      <h1 title={said}>“{said}”</h1>
      <p class="small soft">
        {[
          `speaker ${whole.speaker}`,
          `version ${whole.index_version}`,
          ...(choicesOf(now).length ? choicesOf(now) : ["usual options"]),
          `${whole.placed} of ${whole.moments} moments get an exemplar`,
          ...whole.notes,
        ].join(" · ")}
      </p>
      <div class="why-actions">
        {busy.value && <span role="status">{BUSY[busy.value]}</span>}
        {gone.length > 0 && (
          <button type="button" onClick={() => void leaveOut([])}>
            Put {gone.map((each) => `#${each}`).join(", ")} back
          </button>
        )}
        {beside.value && (
          <button type="button" onClick={stopComparing}>
            Stop comparing
          </button>
        )}
        <button
          type="button"
          aria-expanded={panel.value === "question"}
          onClick={press("question")}
        >
          Change the question
        </button>
        <button type="button" aria-expanded={panel.value === "compare"} onClick={press("compare")}>
          Compare…
        </button>
        <button
          type="button"
          onClick={() => {
            shownAnswer.value = undefined;
            beside.value = undefined;
            go("why");
          }}
        >
          New
        </button>
        <fieldset class="why-segments" aria-label="What is played">
          <button type="button" aria-pressed={!result} onClick={() => put("show", [])}>
            Exemplar
          </button>
          <button type="button" aria-pressed={result} onClick={() => put("show", ["result"])}>
            Result
          </button>
        </fieldset>
      </div>
    </header>
  );
}

const BUSY = { asking: "Asking…", without: "Ranking again…", comparing: "Asking the other…" };
