import { useComputed } from "@preact/signals";
import { type Clock, FRAME_SECONDS, RATES } from "./clock";
import type { Playback } from "./usePlayback";

/** Play, step, speed, loop, and what time it is. */
export function Transport({ playback: { clock } }: { playback: Playback }) {
  const playing = clock.playing.value;
  const loop = clock.loop.value;
  return (
    <fieldset class="transport" aria-label="Playing">
      <button
        type="button"
        class="first transport-play"
        aria-label={playing ? "Pause" : "Play"}
        title={playing ? "Pause (Space)" : "Play (Space)"}
        onClick={() => clock.toggle()}
      >
        <Icon shape={playing ? "M4 3h3v10H4zM9 3h3v10H9z" : "M4 2.5v11l9-5.5z"} />
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Step one frame back"
        title="One frame back (←)"
        onClick={() => clock.step(-1)}
      >
        <Icon shape="M11 3v10L5 8zM3 3h2v10H3z" />
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Step one frame forward"
        title="One frame on (→)"
        onClick={() => clock.step(1)}
      >
        <Icon shape="M5 3v10l6-5zM11 3h2v10h-2z" />
      </button>
      <TimeSlider clock={clock} />
      <span class="transport-gap" />
      <label class="transport-rate">
        <span class="unseen">Speed</span>
        <select
          title="Speed (< slower, > faster)"
          value={String(clock.rate.value)}
          onChange={(event) => clock.setRate(Number(event.currentTarget.value))}
        >
          {RATES.map((rate) => (
            <option key={rate} value={String(rate)}>
              {rate}×
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        aria-pressed={clock.looping.value}
        title={`Loop ${loop.start.toFixed(2)} to ${loop.end.toFixed(2)} s (l)`}
        onClick={() => clock.setLooping(!clock.looping.peek())}
      >
        Loop<span class="unseen"> the stroke</span>
      </button>
    </fieldset>
  );
}

/** The time as a number that the arrows change, for screen readers too; the keys are the player's own. */
function TimeSlider({ clock }: { clock: Clock }) {
  const seconds = useComputed(() => clock.time.value.toFixed(2));
  const frame = useComputed(() => String(Math.round(clock.time.value / FRAME_SECONDS)));
  const frames = Math.round(clock.seconds / FRAME_SECONDS);
  return (
    <div
      class="transport-time"
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={clock.seconds}
      aria-valuenow={useComputed(() => (clock.playing.value ? 0 : Number(seconds.value)))}
      aria-valuetext={useComputed(() =>
        clock.playing.value ? "playing" : `${seconds.value} seconds, frame ${frame.value}`,
      )}
    >
      <span class="transport-seconds">{seconds}</span>
      <span class="soft"> s</span>
      <span class="transport-frame soft">
        frame {frame} of {frames}
      </span>
    </div>
  );
}

function Icon({ shape }: { shape: string }) {
  return (
    <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <path d={shape} fill="currentColor" />
    </svg>
  );
}
