import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { TimelineModel } from "./model";

/** The line at the time shown now; it turns the page when it leaves the strip. */
export function Playhead({ model }: { model: TimelineModel }) {
  const line = useRef<HTMLDivElement>(null);
  const pointer = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      effect(() => {
        model.follow(model.clock.time.value);
      }),
    [model],
  );
  useEffect(
    () =>
      effect(() => {
        move(line.current, model.scale.value.x(model.clock.time.value));
      }),
    [model],
  );
  useEffect(
    () =>
      effect(() => {
        const time = model.hover.value;
        if (pointer.current) pointer.current.hidden = time === undefined;
        if (time !== undefined) move(pointer.current, model.scale.value.x(time));
      }),
    [model],
  );
  return (
    <>
      <div ref={pointer} class="hover-line" hidden />
      <div ref={line} class="playhead" />
    </>
  );
}

function move(line: HTMLElement | null, x: number): void {
  if (line) line.style.transform = `translateX(${x.toFixed(1)}px)`;
}
