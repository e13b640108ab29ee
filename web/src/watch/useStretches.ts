/** The motion of a long take, fetched as the playhead comes near. */

import { effect, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { at, call } from "../api/client";
import { tellProblem } from "../shell/notices";
import type { Clock } from "./clock";
import { Stretches } from "./stretches";
import type { Take } from "./types";
import type { State } from "./usePlayback";

/** Frames of all of a motion by which views are framed. */
const OVERVIEW_FRAMES = 32;

/** Stretches of a take that has some; the clock waits for the one under the playhead. */
export function useStretches(
  take: Take,
  clock: Clock,
  state: Signal<State>,
): Stretches | undefined {
  const stretches = useMemo(() => {
    const { stretches: base, seconds } = take;
    if (base === undefined) return undefined;
    return new Stretches({
      seconds,
      onProblem: tellProblem,
      load: (start_seconds, seconds, signal) => {
        return numbersAt(at(`${base}.f32`, { start_seconds, seconds }), signal);
      },
    });
    // the clock is the take's
  }, [clock]);
  useEffect(() => {
    if (!stretches) return;
    const ends = [
      clock.time.subscribe((time) => stretches.want(time)),
      effect(() => {
        const missing = stretches.arrival.value === "coming" || stretches.arrival.value === "lost";
        // without a picture nothing is waited for
        const shown = state.value === "loading" || state.value === "ready";
        clock.hold("motion", missing && shown);
      }),
    ];
    const again = () => stretches.again();
    addEventListener("online", again);
    return () => {
      for (const end of ends) end();
      removeEventListener("online", again);
      stretches.dispose();
    };
  }, [stretches, clock, state]);
  return stretches;
}

/** Some frames of all of a motion. */
export async function overviewOf(
  base: string,
  seconds: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const fps = OVERVIEW_FRAMES / Math.max(seconds, 1);
  return await numbersAt(at(`${base}.f32`, { seconds, fps }), signal);
}

async function numbersAt(address: string, signal: AbortSignal): Promise<Float32Array> {
  return new Float32Array(await (await call(address, { signal })).arrayBuffer());
}
