import type { Moment } from "./explanation";
import { cutsOf } from "./moments";

const MOST_EXAMPLES = 5;

/** What the filters kept out of one moment, and by which choice. */
export function Cuts({ moment, options }: { moment: Moment; options: Record<string, unknown> }) {
  const cuts = cutsOf(moment);
  if (!cuts.length) return null;
  return (
    <section class="why-cuts small" aria-label="What filters cut">
      <h3>Cut by filters</h3>
      <ul>
        {cuts.map((cut) => (
          <li key={cut.name}>
            <strong>{cut.count}</strong> {cut.what}
            <span class="soft">{examplesOf(cut.name, moment, options)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function examplesOf(name: string, moment: Moment, options: Record<string, unknown>): string {
  switch (name) {
    case "label":
      return `: only ${moment.label} and what lies near it was looked among`;
    case "speaker":
      return ": “own speaker” is set to “only”";
    case "recording":
      return named(options.exclude_recordings);
    default:
      return named(options.exclude_exemplars, "#");
  }
}

function named(given: unknown, sign = ""): string {
  const all = Array.isArray(given) ? given : [];
  if (!all.length) return "";
  const some = all.slice(0, MOST_EXAMPLES).map((each) => `${sign}${each}`);
  return `: ${some.join(", ")}${all.length > some.length ? " and others" : ""}`;
}
