import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { CheckList } from "./CheckList";
import { Durations } from "./Durations";
import { type ListName, REMOVED, toggled } from "./filters";
import { GESTURE_TYPES } from "./labels";
import { facets } from "./listing";
import { SenseTree } from "./SenseTree";
import { speakerNames, speakerNumber } from "./speakers";
import { changeFilters, filters } from "./state";
import "./facets.css";

const JOBS = [5, 20, 100];
const folded = signal<ReadonlySet<string>>(new Set(["Source", "Split"]));

/** Everything that the list can be narrowed by, with counts. */
export function Facets() {
  const { counts } = facets.value;
  return (
    <aside class="facets" aria-label="Filters">
      <Facet name="Sense" active={(filters.value.lists.label?.length ?? 0) > 0}>
        <SenseTree counts={counts.label ?? {}} />
      </Facet>
      <Facet name="Gesture type">
        <GestureTypes />
      </Facet>
      <Facet name="Connective or word" active={Boolean(filters.value.lists.word)}>
        <Values list="word" facet="word" searchable />
      </Facet>
      <Facet name="Speaker" active={Boolean(filters.value.lists.speaker)}>
        <Speakers />
      </Facet>
      <Facet name="Duration of the word">
        <Durations counts={counts.seconds ?? {}} />
      </Facet>
      <Facet name="Quality" active={Boolean(filters.value.lists.quality)}>
        <Values list="quality" facet="quality" extra={{ none: undefined }} />
      </Facet>
      <Facet name="Use and state">
        <State />
      </Facet>
      <Facet name="Source" active={Boolean(filters.value.lists.source)}>
        <Values list="source" facet="source" />
      </Facet>
      <Facet name="Split" active={Boolean(filters.value.lists.split)}>
        <Values list="split" facet="split" />
      </Facet>
    </aside>
  );
}

function Facet(props: { name: string; active?: boolean; children: ComponentChildren }) {
  const open = props.active || !folded.value.has(props.name);
  return (
    <details
      class="facet"
      open={open}
      onToggle={(event) => {
        const next = new Set(folded.value);
        if (event.currentTarget.open) next.delete(props.name);
        else next.add(props.name);
        folded.value = next;
      }}
    >
      <summary>{props.name}</summary>
      {props.children}
    </details>
  );
}

function GestureTypes() {
  const counts = facets.value.counts.label ?? {};
  return (
    <CheckList
      name="Gesture types"
      items={GESTURE_TYPES.map((type) => ({ value: type, text: type, count: counts[type] ?? 0 }))}
      chosen={filters.value.lists.label ?? []}
      toggle={(value) => changeFilters(toggled(filters.value, "label", value))}
      labels
    />
  );
}

function Values(props: {
  list: ListName;
  facet: string;
  searchable?: boolean;
  extra?: Record<string, undefined>;
}) {
  const counts = facets.value.counts[props.facet] ?? {};
  const chosen = filters.value.lists[props.list] ?? [];
  const named = new Set([...chosen, ...Object.keys(counts), ...Object.keys(props.extra ?? {})]);
  return (
    <CheckList
      name={props.facet}
      searchable={props.searchable ?? false}
      items={[...named].map((value) => ({
        value,
        text: value.replaceAll("_", " "),
        count: props.extra && value in props.extra ? undefined : (counts[value] ?? 0),
      }))}
      chosen={chosen}
      toggle={(value) => changeFilters(toggled(filters.value, props.list, value))}
    />
  );
}

function Speakers() {
  const counts = facets.value.counts.speaker ?? {};
  const chosen = filters.value.lists.speaker ?? [];
  const numbers = Object.keys(counts).map((name) => [speakerNumber(name), name] as const);
  const known = numbers.flatMap(([value, text]) =>
    value === undefined ? [] : [{ value, text, count: counts[text] ?? 0 }],
  );
  const gone = chosen
    .filter((value) => !known.some((each) => each.value === value))
    .map((value) => ({ value, text: speakerNames.value.get(value) ?? value, count: 0 }));
  return (
    <CheckList
      name="Speakers"
      searchable={known.length > 12}
      items={[...known, ...gone]}
      chosen={chosen}
      toggle={(value) => changeFilters(toggled(filters.value, "speaker", value))}
    />
  );
}

function State() {
  const now = filters.value;
  const near = facets.value.counts.near_duplicates?.true;
  return (
    <div class="facet-state">
      <label>
        <span>Used in the last</span>
        <select
          value={now.used ?? ""}
          onChange={(event) => {
            const value = event.currentTarget.value;
            changeFilters({ ...now, used: value ? Number(value) : undefined });
          }}
        >
          <option value="">any or none</option>
          {JOBS.map((count) => (
            <option key={count} value={count}>
              {count} jobs
            </option>
          ))}
        </select>
      </label>
      <label>
        <span>Removed ones</span>
        <select
          value={now.removed}
          onChange={(event) => {
            const chosen = REMOVED.find((each) => each === event.currentTarget.value);
            changeFilters({ ...now, removed: chosen ?? "no" });
          }}
        >
          <option value="no">left out</option>
          <option value="any">included</option>
          <option value="yes">alone</option>
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={now.nearDuplicates}
          onChange={() => changeFilters({ ...now, nearDuplicates: !now.nearDuplicates })}
        />
        <span class="check-text">near duplicates alone</span>
        <span class="check-count">{near === undefined ? "" : near.toLocaleString("en")}</span>
      </label>
    </div>
  );
}
