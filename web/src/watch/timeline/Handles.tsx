import type { TargetedKeyboardEvent, TargetedPointerEvent } from "preact";
import { useRef } from "preact/hooks";
import type { Mark } from "../types";
import type { TimelineModel } from "./model";
import { draftOf, EDGE_NAMES, EDGES, type Edge, timeOf } from "./retiming";
import type { Retiming } from "./useRetiming";

/** Frames that Shift makes of one. */
const LEAP = 5;

interface Props {
  model: TimelineModel;
  mark: Mark;
  /** Where the mark is drawn, pixels from the strip's left end. */
  left: number;
  retiming: Retiming;
}

/** What a focused mark is moved by: both edges and the stroke, by pointer or as sliders by keys. */
export function Handles({ model, mark, left, retiming }: Props) {
  const draft = model.draft.value ?? draftOf(mark);
  return (
    <>
      {EDGES.map((edge) => {
        const time = timeOf(draft.mark.id === mark.id ? draft : draftOf(mark), edge);
        return (
          time !== undefined && (
            <Handle
              key={edge}
              model={model}
              mark={mark}
              edge={edge}
              time={time}
              left={left}
              retiming={retiming}
            />
          )
        );
      })}
    </>
  );
}

function Handle({ model, mark, left, retiming, edge, time }: Props & { edge: Edge; time: number }) {
  const grip = useRef<number | undefined>(undefined);
  const scale = model.scale.value;
  const follow = (event: TargetedPointerEvent<HTMLElement>) => {
    if (grip.current === undefined) return;
    retiming.drag(mark, edge, scale.time(event.clientX - grip.current), event.altKey);
  };
  const end = (event: TargetedPointerEvent<HTMLElement>) => {
    if (grip.current === undefined) return;
    grip.current = undefined;
    event.currentTarget.releasePointerCapture(event.pointerId);
    retiming.commit();
  };
  const press = (event: TargetedKeyboardEvent<HTMLElement>) => {
    const ends = event.key === "Escape" || event.key === "Enter";
    // with nothing held, these keys save or give up what was let go
    if (ends && !model.holds) return;
    if (event.key === "Escape") {
      grip.current = undefined;
      retiming.cancel();
    } else if (event.key === "Enter") retiming.commit();
    else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const way = event.key === "ArrowLeft" ? -1 : 1;
      retiming.nudge(mark, edge, event.shiftKey ? way * LEAP : way);
    } else return;
    event.preventDefault();
  };
  return (
    <div
      class={`handle handle-${edge}`}
      style={{ left: `${scale.x(time) - left}px` }}
      role="slider"
      tabIndex={0}
      title={`${EDGE_NAMES[edge]} at ${time.toFixed(3)} s. Drag; Alt ignores word edges; arrows move a frame`}
      aria-label={`${EDGE_NAMES[edge]} of ${mark.text}`}
      aria-valuemin={0}
      aria-valuemax={model.clock.seconds}
      aria-valuenow={time}
      aria-valuetext={`${time.toFixed(3)} seconds`}
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.focus();
        event.currentTarget.setPointerCapture(event.pointerId);
        // the edge keeps its distance from the pointer, so that a press alone moves nothing
        grip.current = event.clientX - scale.x(time);
      }}
      onPointerMove={follow}
      onPointerUp={end}
      onPointerCancel={() => {
        grip.current = undefined;
        retiming.cancel();
      }}
      onKeyDown={press}
    />
  );
}
