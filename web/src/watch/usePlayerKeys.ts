import { useKeys } from "../shell/keys";
import type { Playback } from "./usePlayback";
import { VIEW_NAMES, VIEWS } from "./views";

const LEAP_SECONDS = 0.5;

/** The keys of a player, while they are its own. */
export function usePlayerKeys(playback: Playback, hasGhost: boolean, mine: boolean): void {
  const { clock, stage, ghostShown } = playback;
  const leap = (seconds: number) => () => clock.seek(clock.time.peek() + seconds);
  const turn = (steps: number) => () => stage.peek()?.turnView(steps);
  const names = VIEWS.map((each) => VIEW_NAMES[each].toLowerCase()).join(", ");
  const bindings = [
    { key: " ", does: "play or pause", run: () => clock.toggle() },
    { key: "ArrowLeft", does: "one frame back (also ,)", run: () => clock.step(-1) },
    { key: "ArrowRight", does: "one frame on (also .)", run: () => clock.step(1) },
    { key: ",", does: "one frame back", run: () => clock.step(-1) },
    { key: ".", does: "one frame on", run: () => clock.step(1) },
    { key: "Shift+ArrowLeft", does: "half a second back", run: leap(-LEAP_SECONDS) },
    { key: "Shift+ArrowRight", does: "half a second on", run: leap(LEAP_SECONDS) },
    { key: "Home", does: "to the start", run: () => clock.seek(0) },
    { key: "End", does: "to the end", run: () => clock.seek(clock.seconds) },
    { key: "l", does: "loop the stroke", run: () => clock.setLooping(!clock.looping.peek()) },
    { key: "<", does: "slower", run: () => clock.changeRate(-1) },
    { key: ">", does: "faster", run: () => clock.changeRate(1) },
    { key: "v", does: `next view: ${names}`, run: turn(1) },
    { key: "V", does: "view before", run: turn(-1) },
  ];
  const ghost = {
    key: "g",
    does: "show or hide the second body",
    run: () => {
      ghostShown.value = !ghostShown.peek();
    },
  };
  useKeys("Player", mine ? [...bindings, ...(hasGhost ? [ghost] : [])] : []);
}
