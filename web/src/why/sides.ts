/** The answers that are shown beside each other, with names. */

import type { Side as Compared } from "./compare";
import type { Answer } from "./explanation";
import { spaced } from "./question";

export interface Side extends Compared {
  version: number;
  options: Record<string, unknown>;
}

/** One answer alone; or with what it would be without some; or with another one. */
export function sidesOf(answer: Answer, other: Answer | undefined): [Side, ...Side[]] {
  const { whole } = answer;
  const base = { version: whole.index_version, options: whole.options };
  if (other) {
    const [name, otherName] = namesOf(answer, other);
    return [
      { ...base, name, explanation: whole.explanation },
      {
        name: otherName,
        explanation: other.whole.explanation,
        version: other.whole.index_version,
        options: other.whole.options,
      },
    ];
  }
  if (!whole.without) return [{ ...base, name: "as asked", explanation: whole.explanation }];
  const gone = whole.without.exemplars.map((each) => `#${each}`).join(", ");
  return [
    { ...base, name: "with all", explanation: whole.explanation },
    { ...base, name: `without ${gone}`, explanation: whole.without.explanation },
  ];
}

/** What tells two answers apart: the version, and the options that differ. */
function namesOf(one: Answer, other: Answer): [string, string] {
  const a = one.whole;
  const b = other.whole;
  const names = Object.keys({ ...a.options, ...b.options }).filter(
    (name) => JSON.stringify(a.options[name]) !== JSON.stringify(b.options[name]),
  );
  const said = (whole: typeof a) => [
    ...(a.index_version === b.index_version ? [] : [`version ${whole.index_version}`]),
    ...names.map((name) => `${spaced(name)} ${shown(whole.options[name])}`),
  ];
  return [said(a).join(", ") || "as asked", said(b).join(", ") || "the same again"];
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return "as usual";
  if (Array.isArray(value)) return value.length ? value.join(" ") : "none";
  if (typeof value === "object") {
    return Object.entries(value)
      .map(([name, each]) => `${spaced(name)} ${each}`)
      .join(" ");
  }
  return String(value);
}
