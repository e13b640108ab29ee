import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { bulkOpen } from "../edit/bulk";
import { exchangeOpen } from "./exchange";
import { chipsOf, EVERYTHING, ORDERS, type Order } from "./filters";
import { ids, loading, selection, version } from "./listing";
import { othersEdits } from "./news";
import { SavedViews } from "./SavedViews";
import { speakerNames } from "./speakers";
import { changeFilters, filters } from "./state";
import "./toolbar.css";

const TYPED_FOR_MILLISECONDS = 250;
const ORDER_NAMES: Record<Order, string> = {
  id: "by number",
  label: "by label",
  seconds: "by duration",
  newest: "newest edit first",
};

/** Above the list: search, what narrows it, how many there are, what can be done with all of them. */
export function Toolbar({ refresh }: { refresh: () => void }) {
  const { chosen } = selection.value;
  return (
    <div class="toolbar">
      <div class="toolbar-line">
        <Search />
        <label class="toolbar-order">
          <span class="unseen">Order</span>
          <select
            value={filters.value.order}
            onChange={(event) => {
              const order = ORDERS.find((each) => each === event.currentTarget.value) ?? "id";
              changeFilters({ ...filters.value, order });
            }}
          >
            {ORDERS.map((each) => (
              <option key={each} value={each}>
                {ORDER_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
        <SavedViews />
        <button
          type="button"
          onClick={() => {
            exchangeOpen.value = true;
          }}
        >
          Tables…
        </button>
      </div>
      <Chips />
      <div class="toolbar-line toolbar-counts">
        <span role="status" aria-live="polite">
          <strong>{ids.value.length.toLocaleString("en")}</strong>
          {ids.value.length === 1 ? " exemplar" : " exemplars"}
          {version.value !== undefined && <span class="soft"> at version {version.value}</span>}
          {loading.value && <span class="soft"> · asking…</span>}
        </span>
        {othersEdits.value > 0 && (
          <button type="button" class="toolbar-news" onClick={refresh}>
            {othersEdits.value} {othersEdits.value === 1 ? "edit" : "edits"} by others: show
          </button>
        )}
        <span class="toolbar-gap" />
        {chosen.size > 0 && (
          <button
            type="button"
            class="quiet"
            onClick={() => {
              selection.value = { ...selection.value, chosen: new Set() };
            }}
          >
            choose none
          </button>
        )}
        <button
          type="button"
          disabled={ids.value.length === 0}
          onClick={() => {
            bulkOpen.value = true;
          }}
        >
          Edit {(chosen.size || ids.value.length).toLocaleString("en")}{" "}
          {chosen.size > 0 ? "chosen" : "listed"}…
        </button>
      </div>
    </div>
  );
}

function Search() {
  const typed = useSignal(filters.value.text);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { text } = filters.value;
  useEffect(() => {
    if (text !== typed.peek().trim()) typed.value = text;
  }, [text, typed]);
  return (
    <input
      id="search"
      class="toolbar-search"
      type="search"
      placeholder="Search   /"
      aria-label="Search sentences, words and comments"
      value={typed.value}
      onInput={(event) => {
        typed.value = event.currentTarget.value;
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          changeFilters({ ...filters.value, text: typed.value.trim() });
        }, TYPED_FOR_MILLISECONDS);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") event.currentTarget.blur();
      }}
    />
  );
}

function Chips() {
  const chips = chipsOf(filters.value, speakerNames.value);
  if (chips.length === 0) return null;
  return (
    <ul class="chips" aria-label="What narrows the list">
      {chips.map((chip) => (
        <li key={`${chip.field}:${chip.value}`} class="chip">
          <span class="soft">{chip.field}</span> {chip.value}
          <button
            type="button"
            class="quiet chip-away"
            aria-label={`Take away: ${chip.field} ${chip.value}`}
            onClick={() => changeFilters(chip.without)}
          >
            ✕
          </button>
        </li>
      ))}
      <li>
        <button
          type="button"
          class="quiet chip-clear"
          onClick={() => changeFilters({ ...EVERYTHING, order: filters.value.order })}
        >
          clear
        </button>
      </li>
    </ul>
  );
}
