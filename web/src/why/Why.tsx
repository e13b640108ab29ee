import { useEffect } from "preact/hooks";
import { place } from "../shell/address";
import { Answered } from "./Answered";
import { QuestionForm } from "./QuestionForm";
import { isAskable } from "./question";
import { answer, busy, question, restore } from "./session";
import "./form.css";
import "./why.css";

/** Which gestures a talk gets, and why. */
export function Why() {
  const { query } = place.value;
  useEffect(() => {
    void restore();
  }, [query.get("job"), query.get("beside"), query.get("speech")]);
  if (answer.value) return <Answered answer={answer.value} />;
  return (
    <div class="why-start">
      <h1>Why these gestures?</h1>
      <p class="soft">
        Say what is said. The answer shows which moments ask for a gesture, which exemplars were
        compared for each, and what decided.
      </p>
      {busy.value && !isAskable(question.value) ? (
        <p role="status">Fetching the answer…</p>
      ) : (
        <QuestionForm />
      )}
    </div>
  );
}
