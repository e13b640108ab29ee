/** Which of several players on the screen the keys and `window.__viewer` belong to. */

import { computed, signal } from "@preact/signals";
import type { Clock } from "./clock";
import type { Viewer } from "./viewer";

/** A player as the others see it. */
export interface Mounted {
  viewer: Viewer;
  /** What it plays now. */
  clock: () => Clock;
}

/** From the one used longest ago to the one used last. */
const mounted = signal<readonly Mounted[]>([]);

/** The player that was mounted or used last. */
export const active = computed(() => mounted.value.at(-1));

/** A player was mounted or is used: it gets the keys. */
export function use(player: Mounted): void {
  if (active.peek() === player) return;
  mounted.value = [...mounted.peek().filter((each) => each !== player), player];
  window.__viewer = player.viewer;
}

export function leave(player: Mounted): void {
  mounted.value = mounted.peek().filter((each) => each !== player);
  const next = active.peek();
  if (next) window.__viewer = next.viewer;
  else delete window.__viewer;
}

/** Two talks at once cannot be followed: when one begins, the others stop. */
export function pauseOthers(player: Mounted): void {
  for (const each of mounted.peek()) if (each !== player) each.clock().pause();
}
