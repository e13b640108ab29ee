import { useEffect, useRef } from "preact/hooks";

/** A step that changes what requests get: it says so before it is done. */
export interface Question {
  title: string;
  words: string;
  act: string;
  run: () => Promise<void>;
}

/** Asks before a step is done. */
export function Confirm({
  question,
  close,
}: {
  question: Question | undefined;
  close: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (question) dialog.current?.showModal();
    else dialog.current?.close();
  }, [question]);
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby="confirm-title" onClose={close}>
      {question && (
        <>
          <h2 id="confirm-title">{question.title}?</h2>
          <p>{question.words}</p>
          <div class="dialog-acts">
            <button
              type="button"
              class="first"
              onClick={() => {
                void question.run();
                close();
              }}
            >
              {question.act}
            </button>
            <button type="button" onClick={close}>
              Cancel
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
