import { changed, type Pair } from "./compare";
import { clock } from "./moments";

interface Props {
  pairs: readonly Pair[];
  names: readonly [string, string];
  chosen: string;
  choose: (key: string) => void;
}

/** What two answers decide differently, in words. */
export function Changes({ pairs, names, chosen, choose }: Props) {
  const found = changed(pairs);
  return (
    <section class="why-changes" aria-label="What differs">
      <h3>
        {found.length === 0
          ? "Nothing differs"
          : `${found.length} of ${pairs.length} moments differ`}
        <span class="soft small">
          {" "}
          A {names[0]} · B {names[1]}
        </span>
      </h3>
      {found.length > 0 && (
        <ul>
          {found.map((pair) => (
            <li key={pair.key}>
              <button
                type="button"
                class="quiet why-change"
                aria-pressed={pair.key === chosen}
                onClick={() => choose(pair.key)}
              >
                <span class="soft">{clock(pair.time)}</span> “{(pair.before ?? pair.after)?.word}”{" "}
                {pair.changes.join("; ")}
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
