/** Light, dark, or what the machine says. */

import { effect, signal } from "@preact/signals";

export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEPT = "chironomia-theme";

export const theme = signal<Theme>(
  THEMES.find((each) => each === globalThis.localStorage?.getItem(KEPT)) ?? "auto",
);

export function followTheme(): void {
  effect(() => {
    localStorage.setItem(KEPT, theme.value);
    if (theme.value === "auto") document.documentElement.removeAttribute("data-theme");
    else document.documentElement.dataset.theme = theme.value;
  });
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "auto";
}
