import { useEffect } from "preact/hooks";
import { comeText } from "./fetching";
import type { Arrival } from "./stretches";
import { clockText } from "./timeline/scale";
import type { PlayerProps } from "./types";
import type { Playback } from "./usePlayback";
import { VIEW_NAMES, VIEWS } from "./views";

const TURN = 0.12;
const NEARER = 0.9;

interface Props {
  host: { current: HTMLDivElement | null };
  playback: Playback;
  title: string;
  ghost: PlayerProps["ghost"];
}

/** The picture with its views; arrows turn it and + - come nearer while it has the focus. */
export function StageBox({ host, playback, title, ghost }: Props) {
  const { stage, state, come, ghostShown } = playback;
  useEffect(() => stage.value?.showGhost(ghostShown.value));
  const turn = (event: KeyboardEvent) => {
    const move = MOVES[event.key];
    if (!move || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    stage.peek()?.orbit(...move);
  };
  return (
    <div class="stage-box">
      {/* biome-ignore lint/a11y/useSemanticElements: no element is a picture that can be turned */}
      <div
        ref={host}
        class="stage"
        role="group"
        aria-roledescription="3D view"
        aria-label={`Body: ${title}. Arrow keys turn the view, plus and minus zoom.`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys turn the view
        tabIndex={0}
        onKeyDown={turn}
      />
      <fieldset class="stage-tools" aria-label="View">
        {VIEWS.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={stage.value?.view.value === each}
            title={`${VIEW_NAMES[each]} (v for the next view)`}
            onClick={() => stage.peek()?.lookFrom(each)}
          >
            {VIEW_NAMES[each]}
          </button>
        ))}
      </fieldset>
      {ghost && (
        <div class="stage-tools stage-ghost">
          <button
            type="button"
            aria-pressed={ghostShown.value}
            title={`${ghost.take.title} (g)`}
            onClick={() => {
              ghostShown.value = !ghostShown.peek();
            }}
          >
            <span class="ghost-colour" aria-hidden="true" />
            {ghost.beside ? "Second body" : "Ghost"}
          </button>
          <span class="ghost-title">{ghost.take.title}</span>
        </div>
      )}
      <p class="stage-message" role="status">
        {MESSAGES[state.value]}
        {state.value === "loading" && come.value && `: ${comeText(come.value)}`}
        {state.value !== "loading" && <Missing playback={playback} />}
      </p>
    </div>
  );
}

/** What the playhead waits for. */
function Missing({ playback }: { playback: Playback }) {
  const { clock, arrivals, state } = playback;
  const motion = state.value === "ready" ? arrivals.motion.value : "here";
  const sound = arrivals.sound.value;
  const text = (what: string, arrival: Arrival) => {
    const place = clockText(Math.floor(clock.time.value), 1);
    if (arrival === "coming") return `Loading the ${what} at ${place}`;
    return arrival === "lost"
      ? `The ${what} at ${place} does not come: the service does not answer. It is asked for again, and your place is kept.`
      : `The ${what} at ${place} cannot be had.`;
  };
  if (motion !== "here") return <span class="stage-missing">{text("motion", motion)}</span>;
  if (sound === "coming" || sound === "lost") {
    return <span class="stage-missing">{text("sound", sound)}</span>;
  }
  return null;
}

const MOVES: Record<string, [around: number, up: number, nearer?: number]> = {
  ArrowLeft: [-TURN, 0],
  ArrowRight: [TURN, 0],
  ArrowUp: [0, TURN],
  ArrowDown: [0, -TURN],
  "+": [0, 0, NEARER],
  "=": [0, 0, NEARER],
  "-": [0, 0, 1 / NEARER],
};

const MESSAGES = {
  loading: "Loading the body",
  ready: "",
  failed: "The body could not be loaded. Sound and timeline work without it.",
  "no picture":
    "This browser shows no 3D: WebGL 2 is missing or switched off. Sound and timeline work; for the body, switch on hardware acceleration or use another browser.",
} as const;
