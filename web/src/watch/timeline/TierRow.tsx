import type { TargetedKeyboardEvent } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Mark } from "../types";
import { LEAST_MARK_PIXELS } from "./drawing";
import { Handles } from "./Handles";
import type { Laned } from "./lanes";
import type { TimelineModel } from "./model";
import { LANE_PIXELS, type Row } from "./rows";
import type { Retiming } from "./useRetiming";

interface Props {
  model: TimelineModel;
  row: Extract<Row, { kind: "tier" }>;
  retiming: Retiming | undefined;
  onMark: (mark: Mark) => void;
}

/** One tier as a list of buttons: those that are shown and wide enough. Arrows go from mark to mark. */
export function TierRow({ model, row, retiming, onMark }: Props) {
  const scale = model.scale.value;
  const list = useRef<HTMLUListElement>(null);
  const wanted = useRef<string | undefined>(undefined);
  const reached = model.reached.value.get(row.name);
  const shown = shownOf(row, scale.start, scale.end, LEAST_MARK_PIXELS / scale.perSecond, reached);
  const tabbed = shown.some(({ mark }) => mark.id === reached)
    ? reached
    : (shown.find(({ mark }) => mark.focus) ?? shown[0])?.mark.id;
  useEffect(() => {
    if (wanted.current === undefined) return;
    const button = list.current?.querySelector<HTMLElement>('button[tabindex="0"]');
    if (button) wanted.current = undefined;
    button?.focus();
  });
  const reach = (place: number) => {
    const next = row.lanes.marks[Math.min(Math.max(place, 0), row.lanes.marks.length - 1)];
    if (!next) return;
    wanted.current = next.mark.id;
    model.reach(row.name, next.mark.id);
    model.follow(next.mark.start);
  };
  const follow = (event: TargetedKeyboardEvent<HTMLElement>, id: string) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const place = placeAfter(event.key, row.lanes.placeOf(id), row.lanes.marks.length);
    if (place === undefined) return;
    event.preventDefault();
    reach(place);
  };
  return (
    <ul
      ref={list}
      class="tier"
      aria-label={row.name}
      style={{ top: `${row.top}px`, height: `${row.height}px` }}
    >
      {shown.map(({ mark: kept, lane }) => {
        const mark = model.drawn(kept);
        const left = scale.x(mark.start);
        const width = Math.max(LEAST_MARK_PIXELS, scale.x(mark.end) - left);
        return (
          <li
            key={mark.id}
            style={{ left: `${left}px`, width: `${width}px`, top: `${lane * LANE_PIXELS}px` }}
          >
            <button
              type="button"
              class={classOf(mark)}
              style={mark.colour === undefined ? {} : { "--mark": `var(--hue-${mark.colour})` }}
              tabIndex={mark.id === tabbed ? 0 : -1}
              title={mark.title ?? mark.text}
              aria-label={labelOf(mark)}
              aria-current={mark.focus ? "true" : undefined}
              onFocus={() => model.reach(row.name, mark.id)}
              onKeyDown={(event) => follow(event, mark.id)}
              onClick={() => onMark(kept)}
            >
              {/* the text stays in sight when the mark begins before the strip */}
              <span style={{ marginLeft: `${Math.max(0, Math.min(-left, width - 40))}px` }}>
                {mark.text}
              </span>
            </button>
            {mark.stroke !== undefined && (
              <i class="stroke" style={{ left: `${scale.x(mark.stroke) - left}px` }} />
            )}
            {mark.focus && retiming && (
              <Handles model={model} mark={kept} left={left} retiming={retiming} />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function shownOf(
  row: Props["row"],
  start: number,
  end: number,
  thin: number,
  reached: string | undefined,
): Laned[] {
  return row.lanes.between(start, end).filter(({ mark }) => {
    return mark.end - mark.start >= thin || mark.focus || mark.id === reached;
  });
}

function placeAfter(key: string, place: number, count: number): number | undefined {
  switch (key) {
    case "ArrowLeft":
      return place - 1;
    case "ArrowRight":
      return place + 1;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function classOf(mark: Mark): string {
  const extra = [mark.focus && "mark-focus", mark.strong && "mark-strong"].filter(Boolean);
  return ["mark", ...extra].join(" ");
}

function labelOf(mark: Mark): string {
  const parts = [
    mark.text,
    `${mark.start.toFixed(2)} to ${mark.end.toFixed(2)} s`,
    mark.stroke !== undefined && `stroke at ${mark.stroke.toFixed(2)} s`,
  ];
  return parts.filter(Boolean).join(", ");
}
