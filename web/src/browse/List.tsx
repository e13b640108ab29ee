import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from "@tanstack/virtual-core";
import { useEffect, useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { isWaiting, rowShown } from "../edit/desk";
import { editedHere, ids, listed, loading, rows, rowsChanged, selection } from "./listing";
import { HEADS, Row } from "./Row";
import { chosenAt, extended, moved } from "./selection";
import "./list.css";
import { changeFilters } from "./state";

export const ROW_PIXELS = 40;
/** The heads of the columns, which stay above the rows. */
export const HEADS_PIXELS = 30;
/** Rows that only fly past are not asked for; those of a list that never rests are, this often. */
const FETCH_EVERY_MILLISECONDS = 120;
/** Asked for before they come into sight, on both sides. */
const ROWS_AHEAD = 40;

/**
 * Every exemplar that the filters find: only what is in sight is drawn and fetched.
 *
 * The grid that has the focus is itself what scrolls: a scroller inside it would be one more stop of Tab.
 */
export function List() {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer(scroller, ids.value.length);
  const shown = virtual.getVirtualItems();
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0];
  useFetched(first, last);
  const { at, chosen } = selection.value;
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  const active = ids.value[at];
  return (
    <div
      class="list"
      ref={scroller}
      role="grid"
      tabIndex={0}
      aria-label="Exemplars"
      aria-rowcount={ids.value.length + 1}
      aria-colcount={HEADS.length}
      aria-multiselectable="true"
      aria-busy={loading.value}
      aria-activedescendant={
        active !== undefined && at >= first && at <= last ? `row-${active}` : undefined
      }
    >
      <Heads />
      <div class="list-body" role="rowgroup">
        <div
          class="list-rows"
          role="presentation"
          style={{ height: `${virtual.getTotalSize()}px` }}
        >
          {shown.map(({ index, start }) => {
            const id = ids.value[index] ?? -1;
            return (
              <Row
                key={index % 128}
                id={id}
                row={rowShown(id)}
                place={index}
                top={start - HEADS_PIXELS}
                active={index === at}
                chosen={chosen.has(id)}
                waiting={isWaiting(id)}
                edited={editedHere.value.has(id)}
                onPick={pick}
              />
            );
          })}
        </div>
        {ids.value.length === 0 && !loading.value && <Nothing />}
      </div>
    </div>
  );
}

function Heads() {
  const { order } = listed.value;
  return (
    <div class="list-heads list-row" role="row" aria-rowindex={1}>
      {HEADS.map(({ name, order: by }) => (
        <div
          key={name}
          role="columnheader"
          aria-sort={by && by === order ? "ascending" : undefined}
        >
          {by ? (
            <button
              type="button"
              class="quiet list-head"
              tabIndex={-1}
              onClick={() => changeFilters({ ...listed.value, order: order === by ? "id" : by })}
            >
              {name}
              {by === order && <span aria-hidden="true"> ↓</span>}
            </button>
          ) : (
            name
          )}
        </div>
      ))}
    </div>
  );
}

function Nothing() {
  return (
    <div class="list-nothing">
      <p>No exemplar agrees with all of these filters.</p>
      <p class="soft">Take one of the chips above away, or clear them all.</p>
    </div>
  );
}

/** A click goes to a row; with Shift it chooses up to there, with Ctrl it chooses that one. */
function pick(place: number, event: MouseEvent): void {
  const now = selection.value;
  if (event.shiftKey) selection.value = extended(now, ids.value, place);
  else if (event.ctrlKey || event.metaKey) selection.value = chosenAt(now, ids.value, place);
  else selection.value = moved(now, ids.value, place);
}

function useVirtualizer(scroller: { current: HTMLDivElement | null }, count: number) {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 8,
    scrollMargin: HEADS_PIXELS,
    scrollPaddingStart: HEADS_PIXELS,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(0),
  };
  const virtual = useMemo(() => new Virtualizer<HTMLDivElement, Element>(options), []);
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return virtual;
}

/** Fetch what is in sight and near it; scrolling on puts that off, but never for long. */
function useFetched(first: number, last: number): void {
  const list = ids.value;
  const asked = useRef(0);
  const seen = useRef(first);
  void rowsChanged.value;
  useEffect(() => {
    const flies = Math.abs(first - seen.current) > last - first;
    seen.current = first;
    const rested = flies ? 0 : performance.now() - asked.current;
    const timer = setTimeout(
      () => {
        asked.current = performance.now();
        rows.want(list, first - ROWS_AHEAD, last + ROWS_AHEAD);
      },
      Math.max(0, FETCH_EVERY_MILLISECONDS - rested),
    );
    return () => clearTimeout(timer);
  }, [list, first, last]);
}
