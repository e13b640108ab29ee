import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";

/** What was typed and not saved: it is there again when one comes back. */
const unsaved = new Map<string, string>();

interface TextFieldProps {
  /** Of the text, among all texts. */
  id: string;
  name: string;
  value: string;
  save: (value: string) => void;
  /** A value that was wanted before, and is not saved: it stands in the field. */
  draft?: string | undefined;
  /** Several lines; then Ctrl+Enter saves. */
  long?: boolean;
}

/** A text that is saved with Enter and given up with Escape. */
export function TextField({ id, name, value, save, draft, long = false }: TextFieldProps) {
  const typed = useSignal(unsaved.get(id) ?? value);
  useEffect(() => {
    typed.value = draft ?? unsaved.get(id) ?? value;
  }, [id, value, draft, typed]);
  const keep = (text: string) => {
    unsaved.delete(id);
    save(text);
  };
  const changed = typed.value.trim() !== value;
  const field = useId();
  const common = {
    id: field,
    value: typed.value,
    onInput: (event: { currentTarget: { value: string } }) => {
      typed.value = event.currentTarget.value;
      unsaved.set(id, typed.value);
    },
    onKeyDown: (event: KeyboardEvent & { currentTarget: HTMLElement }) => {
      if (event.key === "Escape") {
        unsaved.delete(id);
        typed.value = value;
        event.currentTarget.blur();
      }
      if (event.key === "Enter" && (!long || event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        if (changed) keep(typed.value.trim());
        event.currentTarget.blur();
      }
    },
  };
  return (
    <div class={`edit-field ${long ? "edit-long" : ""}`}>
      <label for={field}>{name}</label>
      {long ? <textarea rows={2} {...common} /> : <input {...common} />}
      {changed && (
        <span class="edit-pending">
          <button type="button" class="first" onClick={() => keep(typed.value.trim())}>
            Save
          </button>
          <span class="soft small">{long ? "Ctrl+Enter" : "Enter"}</span>
        </span>
      )}
    </div>
  );
}
