import { hueOf, isGesture, shortLabel } from "./labels";
import "./label.css";

/** A sense or gesture type: colour for its class, its shape for its kind, its name in words. */
export function LabelChip({ label, whole = false }: { label: string; whole?: boolean }) {
  return (
    <span
      class={`label hue-${hueOf(label)} ${isGesture(label) ? "label-gesture" : ""}`}
      title={label}
    >
      <i class="label-mark" aria-hidden="true" />
      <span class="label-name">{whole ? label : shortLabel(label)}</span>
    </span>
  );
}
