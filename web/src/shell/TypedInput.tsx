import { useSignal } from "@preact/signals";

interface Props {
  id?: string;
  value: string;
  onTyped: (typed: string) => void;
  /** Told with every character, and not only of what is finished. */
  live?: boolean;
  /** Limits of a number; a text where there are none. */
  number?: { step: number | "any"; least: number | undefined; most: number | undefined };
  class?: string;
  placeholder?: string;
  /** Id of a list of proposals. */
  list?: string;
  describedBy?: string;
  /** A name where no label stands beside it. */
  name?: string;
  wrong?: boolean;
}

/** A text that is taken over once it is finished, by Enter or by leaving: half a number is another number.
 *
 * What was typed stands as it was typed until then: a number that came back from a value would lose
 * the zero of "1.0" on the way to "1.05".
 */
export function TypedInput(props: Props) {
  const { id, value, onTyped, number, placeholder, list, describedBy, live = false } = props;
  const draft = useSignal<string | undefined>(undefined);
  const take = () => {
    const typed = draft.value;
    draft.value = undefined;
    if (!live && typed !== undefined && typed !== value) onTyped(typed);
  };
  return (
    <input
      id={id}
      class={props.class}
      type={number ? "number" : "text"}
      step={number?.step}
      min={number?.least}
      max={number?.most}
      placeholder={placeholder}
      list={list}
      autocomplete="off"
      aria-describedby={describedBy}
      aria-label={props.name}
      aria-invalid={props.wrong}
      value={draft.value ?? value}
      onInput={(event) => {
        draft.value = event.currentTarget.value;
        if (live) onTyped(draft.value);
      }}
      onBlur={take}
      onKeyDown={(event) => {
        if (event.key === "Enter") take();
      }}
    />
  );
}
