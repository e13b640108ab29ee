import { useRef } from "preact/hooks";
import { useKey } from "../api/client";

/** Asks for a key where the service wants one. */
export function KeyField() {
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="card key-field"
      onSubmit={(event) => {
        event.preventDefault();
        useKey(field.current?.value.trim() ?? "");
      }}
    >
      <h1>This service asks for a key</h1>
      <p>
        <code>chironomia keys add YOUR-NAME --scope curate</code> prints one. It is kept in this tab
        alone.
      </p>
      <label>
        Key <input ref={field} type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="first">
        Open
      </button>
    </form>
  );
}
