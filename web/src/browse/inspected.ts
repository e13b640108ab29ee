/** What the inspector shows beside the exemplar itself. */

import { signal } from "@preact/signals";

export const PANELS = ["edit", "neighbours", "history"] as const;
export type Panel = (typeof PANELS)[number];

export const panel = signal<Panel>("edit");
/** The exemplar whose body is drawn as a ghost. */
export const ghostId = signal<number | undefined>(undefined);
