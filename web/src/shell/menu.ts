/** A menu that opens below its name: Escape and a press elsewhere close it. */

import { type RefObject, useEffect } from "preact/compat";

/** Let a `details` element close as a menu does. */
export function useMenu(menu: RefObject<HTMLDetailsElement | null>): void {
  useEffect(() => {
    const listen = new AbortController();
    const { signal } = listen;
    const shut = () => menu.current?.removeAttribute("open");
    addEventListener(
      "pointerdown",
      (event) => {
        if (!menu.current?.contains(event.target as Node)) shut();
      },
      { signal },
    );
    menu.current?.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || !menu.current?.open) return;
        event.preventDefault();
        shut();
        menu.current.querySelector("summary")?.focus();
      },
      { signal },
    );
    return () => listen.abort();
  }, [menu]);
}
