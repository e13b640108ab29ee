import { useSignal } from "@preact/signals";
import type { Exemplar } from "../api/types";
import { edit } from "./desk";
import { takeReason } from "./drafts";
import { KNOWN_FLAGS, ownFlag } from "./flagNames";

/** Quality flags to set and to take away. */
export function Flags({ row }: { row: Exemplar }) {
  const typed = useSignal("");
  const own = row.quality.filter((flag) => !(KNOWN_FLAGS as readonly string[]).includes(flag));
  return (
    <fieldset class="flags">
      <legend>Quality</legend>
      {[...KNOWN_FLAGS, ...own].map((flag) => (
        <button
          key={flag}
          type="button"
          class="flag"
          aria-pressed={row.quality.includes(flag)}
          onClick={() => toggleFlag(row, flag)}
        >
          {row.quality.includes(flag) && <span aria-hidden="true">✓ </span>}
          {flag.replaceAll("_", " ")}
        </button>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const flag = ownFlag(typed.value);
          typed.value = "";
          if (flag && !row.quality.includes(flag)) toggleFlag(row, flag);
        }}
      >
        <input
          class="flag-own"
          aria-label="A flag of your own"
          placeholder="x-own flag"
          maxLength={38}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      </form>
    </fieldset>
  );
}

/** Set a flag, or take it away. */
export function toggleFlag(row: Exemplar, flag: string): void {
  const there = row.quality.includes(flag);
  const made = { add: there ? [] : [flag], remove: there ? [flag] : [] };
  void edit(row.id, { operation: "flag", ...made }, takeReason());
}
