import { effect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { colour, followColours } from "../palette";
import type { Peaks } from "../peaks";
import type { Mark } from "../types";
import { draw, type Ink } from "./drawing";
import type { TimelineModel } from "./model";
import { heightOf, type Row } from "./rows";

interface Props {
  model: TimelineModel;
  rows: readonly Row[];
  peaks: ReadonlySignal<Peaks | undefined>;
  focus: Mark | undefined;
}

/** The drawn part of the timeline; it is drawn anew when what it shows has changed. */
export function Canvas({ model, rows, peaks, focus }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const height = heightOf(rows);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    let ink = inks();
    const paint = () => {
      const scale = model.scale.value;
      const { looping, loop } = model.clock;
      resize(element, context, scale.width, height);
      draw(
        context,
        {
          scale,
          rows,
          peaks: peaks.value,
          focus: focus && model.drawn(focus),
          loop: looping.value ? loop.value : undefined,
          ink,
        },
        height,
      );
    };
    const endPainting = effect(paint);
    const endColours = followColours(() => {
      ink = inks();
      paint();
    });
    return () => {
      endPainting();
      endColours();
    };
  }, [model, rows, peaks, focus, height]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: it cannot have the focus; all of it is said by the lists
  return <canvas ref={canvas} class="timeline-canvas" aria-hidden="true" />;
}

/** As many dots as the screen has, whatever a CSS pixel is. */
function resize(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
): void {
  const dots = devicePixelRatio;
  const [across, down] = [Math.round(width * dots), Math.round(height * dots)];
  if (canvas.width !== across || canvas.height !== down) {
    [canvas.width, canvas.height] = [across, down];
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(dots, 0, 0, dots, 0, 0);
}

function inks(): Ink {
  return {
    text: colour("ink"),
    soft: colour("ink-soft"),
    line: colour("line"),
    accent: colour("accent"),
    wash: colour("accent-wash"),
    wave: colour("line-strong"),
    hues: [0, 1, 2, 3, 4, 5, 6, 7].map((number) => colour(`hue-${number}`)),
  };
}
