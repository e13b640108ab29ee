/** Keys for everything: each part of the page names its own while it is shown; `?` lists them. */

import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

export interface KeyBinding {
  /** As `KeyboardEvent.key`, with modifiers before it: "j", "ArrowRight", "Shift+ArrowRight", "Ctrl+z". */
  key: string;
  /** What it does, as the list of keys says it. */
  does: string;
  run: () => void;
  /** Asked when the key is pressed: where it says no, the key belongs to somebody else. */
  when?: () => boolean;
}

export interface KeyGroup {
  name: string;
  bindings: readonly KeyBinding[];
}

/** The groups that are on the screen now; a later one wins where two name the same key. */
export const groups = signal<readonly KeyGroup[]>([]);

/** Bind keys while a component is shown. */
export function useKeys(name: string, bindings: readonly KeyBinding[]): void {
  // before the picture: a key pressed at what is seen must find its binding
  useLayoutEffect(() => {
    const group = { name, bindings };
    groups.value = [...groups.peek(), group];
    return () => {
      groups.value = groups.peek().filter((each) => each !== group);
    };
  });
}

export function nameOf(event: KeyboardEvent): string {
  // brackets and the like need AltGr on many keyboards, which also tells itself as Ctrl and Alt
  const printed = event.getModifierState("AltGraph");
  const held = [
    !printed && (event.ctrlKey || event.metaKey) && "Ctrl",
    !printed && event.altKey && "Alt",
    event.shiftKey && event.key.length > 1 && "Shift",
  ].filter(Boolean);
  return [...held, event.key].join("+");
}

/** Whether a key belongs to the field that it is typed into. */
export function isTyped(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof Element)) return false;
  return Boolean(target.closest("input, textarea, select, [contenteditable], dialog[open]"));
}

/** Listen for keys from now on. */
export function followKeys(): void {
  addEventListener("keydown", (event) => {
    if (isTyped(event) || event.defaultPrevented) return;
    const name = nameOf(event);
    for (const group of groups.peek().toReversed()) {
      const bound = group.bindings.find((each) => each.key === name && each.when?.() !== false);
      if (bound) {
        event.preventDefault();
        bound.run();
        return;
      }
    }
  });
}
