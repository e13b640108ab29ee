import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { useKeys } from "../../shell/keys";
import type { Clock } from "../clock";
import type { Peaks } from "../peaks";
import type { Mark, PlayerProps } from "../types";
import { Canvas } from "./Canvas";
import { focusOf, TimelineModel } from "./model";
import { Overview } from "./Overview";
import { Playhead } from "./Playhead";
import { ReadOut } from "./ReadOut";
import { RowNames } from "./RowNames";
import { heightOf, rowsOf } from "./rows";
import { TierRow } from "./TierRow";
import "./timeline.css";
import { useRetiming, useRetimingKeys } from "./useRetiming";
import { useScrubbing } from "./useScrubbing";

const ZOOM = 1.5;

interface Props extends PlayerProps {
  clock: Clock;
  peaks: ReadonlySignal<Peaks | undefined>;
  /** Whether this is the player that the keys belong to. */
  active: boolean;
}

/** Sound, words, tiers and curves of a take on one time. */
export function Timeline({ take, clock, peaks, active, onRetime, onMark }: Props) {
  const rows = useMemo(() => rowsOf(take), [take]);
  const focus = useMemo(() => focusOf(take), [take]);
  const centre = focus ? (focus.start + focus.end) / 2 : 0;
  // an edit of the focus must not move what is seen
  const model = useMemo(() => new TimelineModel(clock, centre), [clock]);
  const strip = useRef<HTMLDivElement>(null);
  useMeasuring(strip, model);
  useScrubbing(strip, model);
  const retiming = useRetiming(model, take.tiers, onRetime);
  useRetimingKeys(retiming, focus, model, active);
  useKeys("Timeline", active ? zoomKeys(model) : []);
  const choose = (mark: Mark) => {
    clock.seek(mark.start);
    onMark?.(mark);
  };
  return (
    <div class="timeline">
      <div class="timeline-body">
        <RowNames rows={rows} />
        <div ref={strip} class="timeline-strip" style={{ height: `${heightOf(rows)}px` }}>
          <Canvas model={model} rows={rows} peaks={peaks} focus={focus} />
          {rows.map(
            (row) =>
              row.kind === "tier" && (
                <TierRow
                  key={row.name}
                  model={model}
                  row={row}
                  retiming={retiming}
                  onMark={choose}
                />
              ),
          )}
          <Playhead model={model} />
        </div>
      </div>
      <div class="timeline-foot">
        <Overview model={model} focus={focus} />
        <ReadOut model={model} rows={rows} />
      </div>
    </div>
  );
}

function zoomKeys(model: TimelineModel) {
  const nearer = () => model.zoom(ZOOM);
  return [
    { key: "+", does: "larger timeline (also =)", run: nearer },
    { key: "=", does: "larger timeline", run: nearer },
    { key: "-", does: "smaller timeline", run: () => model.zoom(1 / ZOOM) },
  ];
}

function useMeasuring(strip: { current: HTMLDivElement | null }, model: TimelineModel): void {
  useEffect(() => {
    const element = strip.current;
    if (!element) return;
    const measure = () => model.measure(element.clientWidth);
    measure();
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    return () => sizes.disconnect();
  }, [strip, model]);
}
