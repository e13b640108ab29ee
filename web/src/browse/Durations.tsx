import { TypedInput } from "../shell/TypedInput";
import { type Bin, binsOf, type Counts } from "./labels";
import { changeFilters, filters } from "./state";

/** How long words last: a bar for each class, which chooses it, and a range to type. */
export function Durations({ counts }: { counts: Counts }) {
  const bins = binsOf(counts);
  const most = Math.max(1, ...bins.map((bin) => bin.count));
  return (
    <div class="durations">
      <div class="durations-bars">
        {bins.map((bin) => (
          <button
            key={bin.from}
            type="button"
            class="duration"
            aria-pressed={isChosen(bin)}
            onClick={() => choose(bin)}
          >
            <span class="duration-count">
              {bin.count ? bin.count.toLocaleString("en") : ""}
              <span class="unseen">{bin.count ? " exemplars" : "none"} of </span>
            </span>
            <span
              class="duration-bar"
              style={{ height: `${Math.round((44 * bin.count) / most) + (bin.count ? 2 : 0)}px` }}
            />
            <span class="duration-text">
              {binText(bin)}
              <span class="unseen"> seconds</span>
            </span>
          </button>
        ))}
      </div>
      <div class="durations-range">
        <Bound name="at least" field="secondsMin" />
        <Bound name="at most" field="secondsMax" />
        <span class="soft small">s</span>
      </div>
    </div>
  );
}

function Bound({ name, field }: { name: string; field: "secondsMin" | "secondsMax" }) {
  return (
    <TypedInput
      live
      number={{ step: 0.05, least: 0, most: undefined }}
      placeholder={name}
      name={`Seconds, ${name}`}
      value={String(filters.value[field] ?? "")}
      onTyped={(typed) =>
        changeFilters({ ...filters.value, [field]: typed === "" ? undefined : Number(typed) })
      }
    />
  );
}

function isChosen(bin: Bin): boolean {
  const { secondsMin: low = 0, secondsMax: high = Number.POSITIVE_INFINITY } = filters.value;
  if (low === 0 && high === Number.POSITIVE_INFINITY) return false;
  return low <= bin.from && (bin.to ?? Number.POSITIVE_INFINITY) <= high;
}

function choose(bin: Bin): void {
  const now = filters.value;
  const alone = now.secondsMin === (bin.from || undefined) && now.secondsMax === bin.to;
  const range = alone
    ? { secondsMin: undefined, secondsMax: undefined }
    : { secondsMin: bin.from || undefined, secondsMax: bin.to };
  changeFilters({ ...now, ...range });
}

function binText(bin: Bin): string {
  if (bin.to === undefined) return `> ${bin.from}`;
  return bin.from === 0 ? `< ${bin.to}` : `${bin.from}–${bin.to}`;
}
