import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import type { Exemplar } from "../api/types";
import { LabelChip } from "../browse/LabelChip";
import { useKeys } from "../shell/keys";
import { tellProblem } from "../shell/notices";
import { edit } from "./desk";
import { takeReason } from "./drafts";
import { everyLabel, likelyLabels } from "./likely";

/** The likeliest labels by digit, and all others by search. */
export function LabelPicker({ row }: { row: Exemplar }) {
  const likely = useSignal<readonly string[]>([]);
  useEffect(() => {
    likelyLabels(row.kind, row.word).then((labels) => {
      likely.value = labels;
    }, tellProblem);
  }, [row.kind, row.word, likely]);
  const relabel = (label: string) => {
    if (label !== row.sense) void edit(row.id, { operation: "relabel", label }, takeReason());
  };
  useKeys(
    "Label",
    likely.value.map((label, place) => ({
      key: String(place + 1),
      does: label,
      run: () => relabel(label),
    })),
  );
  return (
    <fieldset class="labels">
      <legend>{row.kind === "relation" ? "Sense" : "Gesture type"}</legend>
      <div class="labels-likely">
        {likely.value.map((label, place) => (
          <button
            key={label}
            type="button"
            class="label-choice"
            aria-pressed={label === row.sense}
            title={label}
            onClick={() => relabel(label)}
          >
            <kbd>{place + 1}</kbd>
            <LabelChip label={label} />
          </button>
        ))}
      </div>
      {row.kind === "relation" && <Search choose={relabel} />}
    </fieldset>
  );
}

function Search({ choose }: { choose: (label: string) => void }) {
  const list = useId();
  const every = everyLabel.value.relation;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const typed = String(new FormData(event.currentTarget).get("label") ?? "").trim();
        const found = every.find((each) => each.toLowerCase() === typed.toLowerCase());
        if (typed) choose(found ?? typed);
        event.currentTarget.reset();
      }}
    >
      <input
        id="sense-search"
        name="label"
        list={list}
        placeholder="another sense: type and press Enter   ="
        aria-label="Another sense"
        autocomplete="off"
        onInput={(event) => {
          // chosen from the list, not typed
          const chosen = (event as InputEvent).inputType === "insertReplacementText";
          if (chosen) event.currentTarget.form?.requestSubmit();
        }}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
      <datalist id={list}>
        {every.map((label) => (
          <option key={label} value={label} />
        ))}
      </datalist>
    </form>
  );
}
