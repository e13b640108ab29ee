/** Stages are dear: one that a view has left waits a while for the next view, camera and all. */

import type { Stage } from "./stage";

const REST_MILLISECONDS = 20_000;

let resting: { stage: Stage; timer: ReturnType<typeof setTimeout> } | undefined;

/** Begin to load what draws bodies, before anybody asks for one. */
export function warmStage(): Promise<typeof import("./stage")> {
  return import("./stage");
}

/** A stage that fills an element; throws where the browser has no WebGL 2. */
export async function openStage(host: HTMLElement, signal: AbortSignal): Promise<Stage> {
  const { Stage } = await warmStage();
  signal.throwIfAborted();
  const waited = resting;
  resting = undefined;
  clearTimeout(waited?.timer);
  const stage = waited?.stage ?? new Stage();
  stage.enter(host);
  return stage;
}

/** Give a stage back; it is thrown away when nobody wants it for a while. */
export function closeStage(stage: Stage): void {
  stage.leave();
  stage.clear();
  if (resting) {
    stage.dispose();
    return;
  }
  const timer = setTimeout(() => {
    resting = undefined;
    stage.dispose();
  }, REST_MILLISECONDS);
  resting = { stage, timer };
}
