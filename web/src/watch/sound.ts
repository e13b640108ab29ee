/** A sound from the service: what plays it, and what its waveform looks like. */

import { ask, call, lendKey } from "../api/client";
import { Peaks, type ToldPeaks } from "./peaks";

/** Enough to draw; speech keeps its shape. */
const DRAWN_HZ = 8000;

/** A sound that is loaded; free it when it is no longer shown. */
export interface LoadedSound {
  element: HTMLAudioElement;
  /** Find out what its waveform looks like; none where the browser cannot decode it. */
  peaks(): Promise<Peaks | undefined>;
  free(): void;
}

/** Fetch a sound (with the key that a plain audio element would not send). */
export async function loadSound(address: string, signal: AbortSignal): Promise<LoadedSound> {
  const content = await (await call(address, { signal })).blob();
  const url = URL.createObjectURL(content);
  const element = audio(url, "auto");
  const free = () => {
    silence(element);
    URL.revokeObjectURL(url);
  };
  try {
    await playable(element, signal);
  } catch (error) {
    free();
    throw error;
  }
  return { element, peaks: () => peaksOf(content), free };
}

/** Begin to play a sound of any length: the browser fetches what it needs, wherever it jumps to. */
export async function streamSound(
  address: string,
  peaks: string,
  signal: AbortSignal,
): Promise<LoadedSound> {
  lendKey(address);
  const element = await streamed(address, signal).catch(async () => {
    signal.throwIfAborted();
    // it tells what the element does not: no key, gone, no connection
    await call(address, { signal, headers: { Range: "bytes=0-0" } });
    return await streamed(address, signal);
  });
  const told = () => ask<ToldPeaks>(peaks, { signal }).then(Peaks.told, () => undefined);
  return { element, peaks: told, free: () => silence(element) };
}

async function streamed(address: string, signal: AbortSignal): Promise<HTMLAudioElement> {
  const element = audio(address, "metadata");
  try {
    await playable(element, signal);
  } catch (error) {
    silence(element);
    throw error;
  }
  return element;
}

function audio(address: string, preload: "auto" | "metadata"): HTMLAudioElement {
  const element = new Audio();
  element.preservesPitch = true;
  element.preload = preload;
  element.src = address;
  return element;
}

function silence(element: HTMLAudioElement): void {
  element.pause();
  element.removeAttribute("src");
  element.load();
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
