import { useEffect, useRef } from "preact/hooks";
import type { Mark } from "../types";
import type { TimelineModel } from "./model";

/** Longer than this, a take gets a wide overview with the playhead in it. */
const LONG_SECONDS = 120;

/** The whole take as a thin strip with the part that is shown; dragging moves that part. */
export function Overview({ model, focus }: { model: TimelineModel; focus: Mark | undefined }) {
  const strip = useRef<HTMLDivElement>(null);
  const { seconds, start, end } = model.scale.value;
  const share = (time: number) => `${(100 * time) / seconds}%`;
  const drag = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect();
    if (!box || !event.buttons) return;
    const middle = ((event.clientX - box.left) / box.width) * seconds;
    const scale = model.scale.peek();
    model.scale.value = scale.startingAt(middle - (scale.end - scale.start) / 2);
  };
  return (
    <div
      ref={strip}
      class={seconds > LONG_SECONDS ? "overview overview-long" : "overview"}
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={drag}
    >
      {focus && (
        <div
          class="overview-focus"
          style={{ left: share(focus.start), width: share(focus.end - focus.start) }}
        />
      )}
      {seconds > LONG_SECONDS && <Now model={model} seconds={seconds} />}
      <div
        class="overview-part"
        style={{ left: share(start), width: share(Math.min(end, seconds) - start) }}
      />
    </div>
  );
}

/** The playhead; moved without drawing the strip anew. */
function Now({ model, seconds }: { model: TimelineModel; seconds: number }) {
  const mark = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      model.clock.time.subscribe((time) => {
        if (mark.current) mark.current.style.left = `${(100 * time) / seconds}%`;
      }),
    [model, seconds],
  );
  return <div ref={mark} class="overview-now" />;
}
