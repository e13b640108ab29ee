import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  Virtualizer,
} from "@tanstack/virtual-core";
import { useLayoutEffect, useMemo, useReducer, useRef } from "preact/hooks";
import type { RowChange } from "../api/types";
import { LabelChip } from "../browse/LabelChip";
import { changesOf, kindOf } from "./fields";

const ROW_PIXELS = 34;

/** Rows before and after, as many as the service tells, only those in sight drawn. */
export function Preview({ rows, total }: { rows: readonly RowChange[]; total: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const options = {
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 6,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(0),
  };
  const virtual = useMemo(() => new Virtualizer<HTMLDivElement, Element>(options), []);
  virtual.setOptions(options);
  useLayoutEffect(() => virtual._didMount(), [virtual]);
  useLayoutEffect(() => virtual._willUpdate());
  return (
    <>
      <div
        class="preview"
        ref={scroller}
        style={{ height: `${Math.min(380, ROW_PIXELS * (rows.length + 1) + 4)}px` }}
        role="table"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls by keys
        tabIndex={0}
        aria-rowcount={total + 1}
        aria-label="Affected rows"
      >
        <div class="preview-row preview-heads" role="row" aria-rowindex={1}>
          <span role="columnheader">Exemplar</span>
          <span role="columnheader">Label</span>
          <span role="columnheader">Word</span>
          <span role="columnheader">Before → after</span>
        </div>
        <div class="preview-rows" role="rowgroup" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            return row && <PreviewRow key={row.id} row={row} place={index} top={start} />;
          })}
        </div>
      </div>
      {rows.length < total && (
        <p class="soft small">
          The first {rows.length.toLocaleString("en")} of {total.toLocaleString("en")} rows.
        </p>
      )}
    </>
  );
}

function PreviewRow({ row, place, top }: { row: RowChange; place: number; top: number }) {
  const now = row.before ?? row.after;
  const changes = row.before && row.after ? changesOf(row.before, row.after) : [];
  return (
    <div
      class="preview-row"
      role="row"
      aria-rowindex={place + 2}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell">{row.id}</span>
      <span role="cell">{now && <LabelChip label={now.sense} />}</span>
      <span role="cell">{now?.word}</span>
      <span role="cell">
        {changes.length === 0 && kindOf(row)}
        {changes.map((each) => (
          <span key={each.field}>
            <span class="soft">{each.field}</span> <del>{each.before}</del> →{" "}
            <ins>{each.after}</ins>{" "}
          </span>
        ))}
      </span>
    </div>
  );
}
