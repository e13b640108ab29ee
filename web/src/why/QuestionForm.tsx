import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { learnSpeakers, speakerNames } from "../browse/speakers";
import { tellProblem } from "../shell/notices";
import { Files } from "./Files";
import { info, learnInfo, tagNames } from "./info";
import { OptionFields } from "./OptionFields";
import { isAskable, kindOfFile, type Question } from "./question";
import { askWhy, busy, change, question } from "./session";

/** What is said, by whom, and what is asked about it. */
export function QuestionForm() {
  const over = useSignal(false);
  useEffect(() => {
    learnInfo().catch(tellProblem);
    learnSpeakers().catch(tellProblem);
  }, []);
  const now = question.value;
  return (
    <form
      class={`why-question ${over.value ? "why-question-over" : ""}`}
      onSubmit={(event) => {
        event.preventDefault();
        void askWhy();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        take(event.dataTransfer?.files);
      }}
    >
      <label class="why-field">
        <span>What is said</span>
        <textarea
          rows={5}
          value={now.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
          aria-describedby="question-help"
        />
      </label>
      <p id="question-help" class="soft small">
        A sentence, a sound (WAV, MP3, FLAC, OGG), word times (TextGrid, JSON), or a text with its
        sound. Files can be dropped here.
      </p>
      <Files take={take} />
      <div class="why-field-row">
        <SpeakerField now={now} />
        <IndexField value={now.index} onInput={(index) => change({ index })} />
      </div>
      <OptionFields retrieval={now.retrieval} onChange={(retrieval) => change({ retrieval })} />
      <div class="why-question-end">
        <button type="submit" class="first" disabled={!isAskable(now) || Boolean(busy.value)}>
          {busy.value === "asking" ? "Asking…" : "Ask why"}
        </button>
      </div>
    </form>
  );
}

function SpeakerField({ now }: { now: Question }) {
  const speakers = info.value?.limits.speakers ?? [...speakerNames.value.keys()].map(Number);
  return (
    <label class="why-field">
      <span>Speaker</span>
      <select
        value={now.speaker}
        onChange={(event) => change({ speaker: event.currentTarget.value })}
      >
        <option value="">first one known</option>
        {speakers.map((each) => (
          <option key={each} value={String(each)}>
            {speakerNames.value.get(String(each)) ?? "speaker"} ({each})
          </option>
        ))}
      </select>
    </label>
  );
}

/** A tag or a number. */
export function IndexField({
  value,
  onInput,
}: {
  value: string;
  onInput: (index: string) => void;
}) {
  return (
    <label class="why-field">
      <span>Index version</span>
      <input
        value={value}
        list="tags"
        required
        autocomplete="off"
        onInput={(event) => onInput(event.currentTarget.value.trim())}
      />
      <datalist id="tags">
        {tagNames.value.map((tag) => (
          <option key={tag} value={tag} />
        ))}
      </datalist>
    </label>
  );
}

function take(files: FileList | null | undefined): void {
  for (const file of files ?? []) {
    const kind = kindOfFile(file);
    if (kind === "sound") change({ sound: file });
    else if (kind === "words") change({ words: file });
    else if (kind === "text") void file.text().then((text) => change({ text: text.trim() }));
    else tellProblem(new Error(`${file.name} is neither a sound nor word times nor a text.`));
  }
}
