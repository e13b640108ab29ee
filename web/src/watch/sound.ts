/** A sound from the service: what plays it, and what its waveform looks like. */

import { call } from "../api/client";
import { Peaks } from "./peaks";

/** Enough to draw; speech keeps its shape. */
const DRAWN_HZ = 8000;

/** A sound that is loaded; free it when it is no longer shown. */
export interface LoadedSound {
  element: HTMLAudioElement;
  /** What its waveform looks like; none where the browser cannot decode it. */
  peaks: Promise<Peaks | undefined>;
  free(): void;
}

/** Fetch a sound (with the key that a plain audio element would not send). */
export async function loadSound(address: string, signal: AbortSignal): Promise<LoadedSound> {
  const content = await (await call(address, { signal })).blob();
  const url = URL.createObjectURL(content);
  const element = new Audio(url);
  element.preservesPitch = true;
  element.preload = "auto";
  const free = () => {
    element.pause();
    element.removeAttribute("src");
    element.load();
    URL.revokeObjectURL(url);
  };
  try {
    await playable(element, signal);
  } catch (error) {
    free();
    throw error;
  }
  return { element, peaks: peaksOf(content), free };
}

function playable(element: HTMLAudioElement, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(signal.reason);
    if (signal.aborted) aborted();
    signal.addEventListener("abort", aborted, { once: true });
    element.addEventListener("loadedmetadata", () => resolve(), { once: true });
    element.addEventListener(
      "error",
      () => reject(new Error("This browser cannot play the sound; body and timeline go on.")),
      { once: true },
    );
  });
}

async function peaksOf(content: Blob): Promise<Peaks | undefined> {
  try {
    const context = new OfflineAudioContext(1, 1, DRAWN_HZ);
    const decoded = await context.decodeAudioData(await content.arrayBuffer());
    return await Peaks.gently(decoded.getChannelData(0), decoded.sampleRate, turn);
  } catch {
    return undefined;
  }
}

/** Let the page do what waits. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
