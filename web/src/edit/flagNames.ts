/** Names of quality flags. */

/** Flags that the index knows; own ones begin with `x-`. */
export const KNOWN_FLAGS = [
  "still_hands",
  "short_motion",
  "noisy_motion",
  "foot_sliding",
  "hands_cross",
  "wrong_time",
  "wrong_label",
  "unsure",
] as const;

/** A curator's own flag out of what was typed: `x-look-again`. */
export function ownFlag(typed: string): string {
  const plain = typed
    .trim()
    .toLowerCase()
    .replace(/^x-/, "")
    .replace(/[^a-z0-9_-]+/g, "-");
  const name = plain.replace(/^[-_]+|[-_]+$/g, "");
  return name && `x-${name}`;
}
