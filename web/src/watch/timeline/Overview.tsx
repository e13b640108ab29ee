import { useRef } from "preact/hooks";
import type { Mark } from "../types";
import type { TimelineModel } from "./model";

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
      class="overview"
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
      <div
        class="overview-part"
        style={{ left: share(start), width: share(Math.min(end, seconds) - start) }}
      />
    </div>
  );
}
