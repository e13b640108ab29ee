import { useEffect } from "preact/hooks";
import { useKeys } from "../shell/keys";
import { ConflictDialog } from "./ConflictDialog";
import { conflictOf } from "./conflict";
import { discard, lookedAt, openDesk, redo, sendAgain, stack, undo, writes } from "./desk";
import type { Write } from "./writes";
import "./edit.css";

/** In the bar: undo and redo with what they would do, and edits that wait or were refused. */
export function OutboxBar() {
  useEffect(openDesk, []);
  useKeys("Edits", [
    { key: "Ctrl+z", does: "undo your last edit", run: () => void undo() },
    { key: "Ctrl+Z", does: "redo (with Shift)", run: () => void redo() },
    { key: "Ctrl+y", does: "redo", run: () => void redo() },
  ]);
  const [done, undone] = [stack.value.done.at(-1), stack.value.undone.at(-1)];
  return (
    <>
      <Waiting />
      <span class="undo-acts">
        <button
          type="button"
          class="quiet"
          disabled={!done && writes.value.length === 0}
          title={done ? `Undo: ${done.words}` : "Nothing to undo"}
          onClick={() => void undo()}
        >
          ↶ Undo{done && <span class="unseen">: {done.words}</span>}
        </button>
        <button
          type="button"
          class="quiet"
          disabled={!undone}
          title={undone ? `Redo: ${undone.words}` : "Nothing to redo"}
          onClick={() => void redo()}
        >
          ↷ Redo{undone && <span class="unseen">: {undone.words}</span>}
        </button>
      </span>
      <ConflictDialog />
    </>
  );
}

function Waiting() {
  const all = writes.value;
  const refused = all.filter((write) => write.refused);
  // one that is being sent for the first time is on its way, not waiting
  const waiting = all.filter((write) => !write.refused && write.tries !== 1);
  const slow = all.filter((write) => !write.refused);
  if (refused.length === 0 && waiting.length === 0) return <span role="status" />;
  return (
    <details class="outbox">
      <summary class={refused.length > 0 ? "outbox-refused" : ""}>
        <span role="status">
          {refused.length > 0
            ? `${countText(refused.length)} refused`
            : `${countText(slow.length)} waiting`}
        </span>
      </summary>
      <div class="outbox-body card">
        <ul>
          {[...refused, ...slow].map((write) => (
            <li key={write.id}>
              {write.refused ? <Refused write={write} /> : <Held write={write} />}
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}

function Held({ write }: { write: Write }) {
  return (
    <>
      <strong>{write.words}</strong>
      <p class="soft small">
        {write.tries === 0
          ? "not sent yet; it goes out after those before it"
          : `tried ${write.tries} times; it is tried again by itself, and done once`}
      </p>
      {write.tries === 0 && (
        <button type="button" onClick={() => discard(write.id)}>
          Do not send
        </button>
      )}
    </>
  );
}

function Refused({ write }: { write: Write }) {
  const detail = write.refused?.detail;
  return (
    <>
      <strong>{write.words}</strong>
      <p class="small">
        {detail?.message}. {detail?.remedy}
      </p>
      {conflictOf(write, write.refused) ? (
        <button
          type="button"
          onClick={() => {
            lookedAt.value = write.id;
          }}
        >
          Compare both
        </button>
      ) : (
        // made for what is gone, it would be refused for ever
        write.refused?.status !== 412 && (
          <button type="button" onClick={() => sendAgain(write)}>
            Try again
          </button>
        )
      )}
      <button type="button" onClick={() => discard(write.id)}>
        Give it up
      </button>
    </>
  );
}

function countText(count: number): string {
  return count === 1 ? "1 edit" : `${count} edits`;
}
