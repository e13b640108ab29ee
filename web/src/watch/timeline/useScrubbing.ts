/** The pointer on the strip: press and drag to seek, wheel to zoom and scroll, hover to read. */

import { useEffect } from "preact/hooks";
import type { TimelineModel } from "./model";

/** How much larger one notch of the wheel makes it. */
const NOTCH = 1.0022;

/** Let the pointer work on a strip. */
export function useScrubbing(strip: { current: HTMLElement | null }, model: TimelineModel): void {
  useEffect(() => {
    const element = strip.current;
    if (!element) return;
    const listen = new AbortController();
    const { signal } = listen;
    const on = listener(element, signal);
    const timeAt = (event: MouseEvent) => {
      return model.scale.peek().time(event.clientX - element.getBoundingClientRect().left);
    };
    let goesOn: boolean | undefined;
    const seek = (event: PointerEvent) => model.clock.seek(timeAt(event));
    on("pointerdown", (event) => {
      if (event.button !== 0 || isControl(event.target)) return;
      element.setPointerCapture(event.pointerId);
      goesOn = model.clock.playing.peek();
      model.clock.pause();
      seek(event);
    });
    on("pointermove", (event) => {
      model.hover.value = timeAt(event);
      if (goesOn !== undefined) seek(event);
    });
    const release = () => {
      if (goesOn) model.clock.play();
      goesOn = undefined;
    };
    on("pointerup", release);
    on("pointercancel", release);
    on("pointerleave", () => {
      model.hover.value = undefined;
    });
    const wheel = (event: WheelEvent) => turn(event, model, timeAt(event));
    element.addEventListener("wheel", wheel, { passive: false, signal });
    return () => listen.abort();
  }, [strip, model]);
}

function listener(element: HTMLElement, signal: AbortSignal) {
  return (
    name: "pointerdown" | "pointermove" | "pointerup" | "pointercancel" | "pointerleave",
    run: (event: PointerEvent) => void,
  ) => element.addEventListener(name, run, { signal });
}

function turn(event: WheelEvent, model: TimelineModel, pointed: number): void {
  event.preventDefault();
  const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
  if (event.shiftKey) model.scroll((event.deltaY || event.deltaX) * lines);
  else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) model.scroll(event.deltaX * lines);
  else model.zoom(NOTCH ** (-event.deltaY * lines), pointed);
}

function isControl(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("button, [role=slider]") !== null;
}
