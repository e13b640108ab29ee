import type { KeptSound } from "./question";
import { change, question } from "./session";

const ACCEPTED = ".wav,.mp3,.flac,.ogg,.TextGrid,.json,.txt,audio/*";

/** The files of a question, chosen and taken away again. */
export function Files({ take }: { take: (files: FileList | null) => void }) {
  const { sound, words } = question.value;
  return (
    <div class="why-files">
      {sound && <Chosen name="sound" file={sound} drop={() => change({ sound: undefined })} />}
      {words && <Chosen name="words" file={words} drop={() => change({ words: undefined })} />}
      <label class="why-button">
        Choose files…
        <input
          class="unseen"
          type="file"
          multiple
          accept={ACCEPTED}
          onChange={(event) => {
            take(event.currentTarget.files);
            event.currentTarget.value = "";
          }}
        />
      </label>
    </div>
  );
}

interface ChosenProps {
  name: string;
  file: File | KeptSound;
  drop: () => void;
}

function Chosen({ name, file, drop }: ChosenProps) {
  const here = file instanceof File ? file : file.file;
  return (
    <span class="why-file">
      <span class="soft small">{name}</span> {file.name}{" "}
      {here && <span class="soft small">{sizeOf(here.size)}</span>}
      <button type="button" class="quiet" aria-label={`Without ${file.name}`} onClick={drop}>
        ✕
      </button>
    </span>
  );
}

function sizeOf(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
