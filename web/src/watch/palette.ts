/** The page's colours for those who draw by themselves, and word of every change. */

import { effect } from "@preact/signals";
import { theme } from "../shell/theme";

/** What a name of `tokens.css` stands for now: "ink" for `--ink`. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Call at once and after every change of the theme; returns what ends it. */
export function followColours(run: () => void): () => void {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", run);
  let waiting = 0;
  run();
  const end = effect(() => {
    theme.value;
    // the shell's own effect sets the attribute that the colours hang on; it may come after this one
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(run);
  });
  return () => {
    end();
    cancelAnimationFrame(waiting);
    dark.removeEventListener("change", run);
  };
}

/** Whether the person asked for less movement. */
export function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
