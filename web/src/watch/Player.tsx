import { effect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { active, leave, type Mounted, pauseOthers, use } from "./active";
import "./player.css";
import { StageBox } from "./StageBox";
import { Transport } from "./Transport";
import { Timeline } from "./timeline/Timeline";
import type { PlayerProps } from "./types";
import { type Playback, usePlayback } from "./usePlayback";
import { usePlayerKeys } from "./usePlayerKeys";

export { warmStage } from "./stages";

/** A body on its stage, what moves it, and everything that is known about its time. Fills its container. */
export function Player(props: PlayerProps) {
  const host = useRef<HTMLDivElement>(null);
  const playback = usePlayback(props, host);
  const player = useMounted(playback);
  const mine = active.value === player;
  usePlayerKeys(playback, Boolean(props.ghost), mine);
  return (
    <section
      class="player"
      aria-label={props.take.title}
      data-ready={playback.state.value === "ready"}
      onPointerDown={() => use(player)}
      onFocusIn={() => use(player)}
      onKeyDown={keepSpace}
    >
      <StageBox host={host} playback={playback} title={props.take.title} ghost={props.ghost} />
      <Transport playback={playback} />
      <Timeline {...props} clock={playback.clock} peaks={playback.peaks} active={mine} />
    </section>
  );
}

/** Space presses the button that Tab went to; everywhere else, also after a click, it plays. */
function keepSpace(event: KeyboardEvent): void {
  const { target } = event;
  const chosen = target instanceof HTMLButtonElement && target.matches(":focus-visible");
  if (event.key === " " && chosen) event.stopPropagation();
}

function useMounted(playback: Playback): Mounted {
  const last = useRef(playback);
  last.current = playback;
  const player = useMemo((): Mounted => {
    const now = () => last.current;
    return {
      clock: () => now().clock,
      viewer: {
        get ready() {
          return now().state.peek() === "ready";
        },
        get playing() {
          return now().clock.playing.peek();
        },
        get ghost() {
          return now().stage.peek()?.ghost !== undefined;
        },
        time: () => now().clock.time.peek(),
        seek: async (seconds) => {
          now().clock.seek(seconds);
          await arrived(now().arrivals.motion);
          await now().stage.peek()?.drawn();
        },
        pose: (joint, of = "body") => {
          const stage = now().stage.peek();
          if (!stage) throw new Error("There is no stage yet; wait for `ready`.");
          return stage.pose(joint, of);
        },
      },
    };
  }, []);
  useEffect(() => {
    use(player);
    return () => leave(player);
  }, [player]);
  const { clock } = playback;
  useEffect(() => {
    return clock.playing.subscribe((playing) => {
      if (!playing) return;
      use(player);
      pauseOthers(player);
    });
  }, [clock, player]);
  return player;
}

/** Resolves when the motion at the playhead is there, or never will be. */
function arrived(motion: Playback["arrivals"]["motion"]): Promise<void> {
  return new Promise((resolve) => {
    const end = effect(() => {
      if (motion.value === "coming" || motion.value === "lost") return;
      queueMicrotask(() => end());
      resolve();
    });
  });
}
