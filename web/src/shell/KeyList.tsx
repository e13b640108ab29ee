import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { groups } from "./keys";

export const keyListOpen = signal(false);

/** Every key that does something now, by the part of the page that it belongs to. */
export function KeyList() {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = keyListOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="key-list"
      aria-label="Keys"
      onClose={() => {
        keyListOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <div class="key-groups">
        {open &&
          groups.value.map((group) => (
            <section key={group.name}>
              <h3>{group.name}</h3>
              <dl>
                {group.bindings.map((each) => (
                  <div key={each.key}>
                    <dt>
                      <kbd>{shown(each.key)}</kbd>
                    </dt>
                    <dd>{each.does}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
      </div>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}

/** A key as it stands on the keyboard: "Shift+ArrowLeft" as ⇧ ←, "Z" with Ctrl as Ctrl ⇧ Z. */
export function shown(key: string): string {
  const parts = key.split("+");
  const last = parts.pop() || "+";
  const held = parts.filter(Boolean).map((each) => (each === "Shift" ? "⇧" : each));
  const capital = /^[A-Z]$/.test(last);
  return [...held, ...(capital ? ["⇧"] : []), SHOWN[last] ?? last.toUpperCase()].join(" ");
}

const SHOWN: Record<string, string> = {
  " ": "Space",
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  Escape: "Esc",
  Enter: "Enter",
  Home: "Home",
  End: "End",
  PageUp: "Page ↑",
  PageDown: "Page ↓",
  Delete: "Del",
};
