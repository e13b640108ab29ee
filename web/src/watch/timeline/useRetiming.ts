/** Moving edges by pointer and keys: a draft that is told once, when it is done, or not at all. */

import { useEffect, useMemo } from "preact/hooks";
import { type KeyBinding, useKeys } from "../../shell/keys";
import type { Mark, PlayerProps, Tier } from "../types";
import type { TimelineModel } from "./model";
import { differs, draftOf, type Edge, edgesOf, moved, nudged, snapped, timeOf } from "./retiming";

/** Keys rest this long, then what they moved is told. */
const REST_MILLISECONDS = 900;
/** How long a told draft stays on the screen while the answer is on its way. */
const TOLD_MILLISECONDS = 2000;
const SNAP_PIXELS = 7;

/** What the handles and keys do. */
export interface Retiming {
  /** Move an edge towards a time; free of word edges where asked. */
  drag(mark: Mark, edge: Edge, time: number, free: boolean): void;
  /** Move an edge by frames; told when the keys rest. */
  nudge(mark: Mark, edge: Edge, frames: number): void;
  /** Tell what was moved. */
  commit(): void;
  /** Forget what was moved. */
  cancel(): void;
}

/** The retiming of a take's focused marks; none where nobody wants to be told. */
export function useRetiming(
  model: TimelineModel,
  tiers: readonly Tier[],
  onRetime: PlayerProps["onRetime"],
): Retiming | undefined {
  const held = useMemo(() => new Held(model), [model]);
  held.tiers = tiers;
  held.onRetime = onRetime;
  useEffect(() => held.settle(), [held, tiers]);
  useEffect(() => () => held.leave(), [held]);
  return onRetime && held;
}

/** Keys for the mark that the take is about. */
export function useRetimingKeys(
  retiming: Retiming | undefined,
  focus: Mark | undefined,
  model: TimelineModel,
  active: boolean,
): void {
  const bindings: KeyBinding[] = [];
  if (retiming && focus && active) {
    const nudge = (edge: Edge, frames: number) => () => retiming.nudge(focus, edge, frames);
    bindings.push(
      { key: "[", does: "start one frame earlier", run: nudge("start", -1) },
      { key: "{", does: "start one frame later (Shift+[)", run: nudge("start", 1) },
      { key: "]", does: "end one frame later", run: nudge("end", 1) },
      { key: "}", does: "end one frame earlier (Shift+])", run: nudge("end", -1) },
      { key: "Alt+[", does: "stroke one frame earlier", run: nudge("stroke", -1) },
      { key: "Alt+]", does: "stroke one frame later", run: nudge("stroke", 1) },
    );
    if (model.holds) {
      const when = () => model.holds;
      bindings.push(
        { key: "Enter", does: "keep the moved times", run: () => retiming.commit(), when },
        { key: "Escape", does: "forget the moved times", run: () => retiming.cancel(), when },
      );
    }
  }
  useKeys("Retime", bindings);
}

class Held implements Retiming {
  tiers: readonly Tier[] = [];
  onRetime: PlayerProps["onRetime"];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly model: TimelineModel) {}

  drag(mark: Mark, edge: Edge, time: number, free: boolean): void {
    const { clock, draft, scale } = this.model;
    const reach = free ? 0 : SNAP_PIXELS / scale.peek().perSecond;
    const words = (this.tiers.find(({ name }) => name === "Words") ?? this.tiers[0])?.marks ?? [];
    const wanted = free ? time : snapped(time, edgesOf(words), reach);
    draft.value = moved(this.of(mark), edge, wanted, clock.seconds);
    this.showEdge(edge);
  }

  nudge(mark: Mark, edge: Edge, frames: number): void {
    this.model.draft.value = nudged(this.of(mark), edge, frames, this.model.clock.seconds);
    this.showEdge(edge);
    this.rest();
    this.timer = setTimeout(() => this.commit(), REST_MILLISECONDS);
  }

  commit(): void {
    this.rest();
    const draft = this.model.draft.peek();
    if (!draft || this.model.told.peek()) return;
    if (!differs(draft)) {
      this.forget();
      return;
    }
    this.model.told.value = true;
    this.timer = setTimeout(() => this.forget(), TOLD_MILLISECONDS);
    this.onRetime?.(draft.mark, draft.span, draft.stroke);
  }

  cancel(): void {
    if (!this.model.told.peek()) this.forget();
  }

  /** The answer has come: what was told is now what the tiers say. */
  settle(): void {
    if (this.model.told.peek()) this.forget();
  }

  /** Another take comes: what keys have moved is told, what a pointer still holds is not. */
  leave(): void {
    if (this.timer !== undefined) this.commit();
    this.forget();
  }

  forget(): void {
    this.rest();
    this.model.told.value = false;
    this.model.draft.value = undefined;
  }

  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** What is being moved; another mark, or one that was told already, begins anew. */
  private of(mark: Mark) {
    const draft = this.model.draft.peek();
    if (this.model.told.peek()) this.rest();
    this.model.told.value = false;
    return draft?.mark.id === mark.id ? draft : draftOf(mark);
  }

  /** The body shows what the edge is moved to. */
  private showEdge(edge: Edge): void {
    const { clock, draft } = this.model;
    const now = draft.peek();
    const time = now && timeOf(now, edge);
    clock.pause();
    if (time !== undefined) clock.seek(time);
  }
}
