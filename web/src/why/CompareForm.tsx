import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { tellProblem } from "../shell/notices";
import { learnInfo } from "./info";
import { OptionFields } from "./OptionFields";
import { IndexField } from "./QuestionForm";
import { compareWith, question } from "./session";

/** Another version, or other options, for the same speech. */
export function CompareForm({ done }: { done: () => void }) {
  const index = useSignal(question.value.index);
  const retrieval = useSignal(question.value.retrieval);
  useEffect(() => {
    learnInfo().catch(tellProblem);
  }, []);
  return (
    <form
      class="why-question"
      onSubmit={(event) => {
        event.preventDefault();
        done();
        void compareWith(index.value, retrieval.value);
      }}
    >
      <h2>Compare with</h2>
      <p class="soft small">The same speech and speaker; another version, or other options.</p>
      <IndexField
        value={index.value}
        onInput={(typed) => {
          index.value = typed;
        }}
      />
      <OptionFields
        open
        retrieval={retrieval.value}
        onChange={(now) => {
          retrieval.value = now;
        }}
      />
      <div class="why-question-end">
        <button type="button" onClick={done}>
          Close
        </button>
        <button type="submit" class="first">
          Compare
        </button>
      </div>
    </form>
  );
}
