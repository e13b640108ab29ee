import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Exemplar } from "../api/types";
import { rowShown } from "../edit/desk";
import { draftOf, retimeDraft } from "../edit/drafts";
import { EditPanel } from "../edit/EditPanel";
import { History } from "../edit/History";
import { RetimeBar } from "../edit/RetimeBar";
import { tellProblem } from "../shell/notices";
import { exemplarTake, ghostOf } from "../watch/exemplarTake";
import { Player } from "../watch/Player";
import type { Mark, Span, Take } from "../watch/types";
import { goToExemplar } from "./goTo";
import { ghostId, PANELS, type Panel, panel } from "./inspected";
import { rowOf } from "./listing";
import { Neighbours } from "./Neighbours";
import "./inspector.css";

const PANEL_NAMES: Record<Panel, string> = {
  edit: "Edit",
  neighbours: "Neighbours",
  history: "History",
};
const SETTLED_MILLISECONDS = 120;

/** The exemplar that one is at: its body and sound, and below what can be done with it. */
export function Inspector({ id }: { id: number | undefined }) {
  const row = rowShown(id);
  useEffect(() => {
    if (id !== undefined) rowOf(id).catch(tellProblem);
    if (retimeDraft.peek()?.id !== id) retimeDraft.value = undefined;
  }, [id]);
  if (id === undefined || !row) {
    return (
      <section class="inspector" aria-label="Exemplar">
        <p class="soft inspector-pad">Choose an exemplar in the list.</p>
      </section>
    );
  }
  return (
    <section class="inspector" aria-label={`Exemplar ${id}`}>
      <div class="inspector-player">
        <Watched row={row} />
      </div>
      <RetimeBar id={id} />
      <div class="inspector-tabs" role="tablist" aria-label="About this exemplar">
        {PANELS.map((each) => (
          <button
            key={each}
            id={`tab-${each}`}
            type="button"
            role="tab"
            aria-selected={panel.value === each}
            aria-controls="inspector-panel"
            onClick={() => {
              panel.value = each;
            }}
          >
            {PANEL_NAMES[each]}
          </button>
        ))}
      </div>
      <div
        id="inspector-panel"
        class="inspector-panel"
        role="tabpanel"
        aria-labelledby={`tab-${panel.value}`}
      >
        {panel.value === "edit" && <EditPanel row={row} />}
        {panel.value === "neighbours" && <Neighbours id={id} />}
        {panel.value === "history" && <History id={id} />}
      </div>
    </section>
  );
}

function Watched({ row }: { row: Exemplar }) {
  const found = useTake(row.id, row.revision);
  const last = useRef<Take | undefined>(undefined);
  const ghost = useTake(ghostId.value, 0);
  // the body before stays until the next one is there: no flicker on the way down a list
  last.current = found ?? last.current;
  const take = last.current;
  if (!take) return <p class="soft inspector-pad">…</p>;
  const shown = withEdits(take, row);
  return (
    <Player
      take={shown}
      {...(ghost && ghostId.value !== row.id && { ghost: ghostOf(shown, ghost) })}
      onRetime={retime}
      onMark={choose}
    />
  );
}

/** The take of an exemplar, once one stays at it. */
function useTake(id: number | undefined, revision: number): Take | undefined {
  const found = useSignal<{ id: number; take: Take } | undefined>(undefined);
  useEffect(() => {
    if (id === undefined) return;
    let given = false;
    const timer = setTimeout(async () => {
      try {
        const take = await exemplarTake({ id });
        if (!given) found.value = { id, take };
      } catch (error) {
        if (!given) tellProblem(error);
      }
    }, SETTLED_MILLISECONDS);
    return () => {
      given = true;
      clearTimeout(timer);
    };
  }, [id, revision, found]);
  return found.value?.id === id ? found.value?.take : undefined;
}

/** The take with the focused mark as it is shown or drafted now: at once, not when it is fetched. */
function withEdits(take: Take, row: Exemplar): Take {
  const draft = draftOf(row.id);
  const tiers = take.tiers.map((tier) => ({
    ...tier,
    marks: tier.marks.map((mark) => {
      if (!mark.focus || mark.id !== String(row.id) || !draft) return mark;
      const { stroke: _, ...others } = mark;
      const moved = { ...others, start: draft.start, end: draft.end };
      return draft.stroke === undefined ? moved : { ...moved, stroke: draft.stroke };
    }),
  }));
  return { ...take, tiers };
}

function retime(mark: Mark, span: Span, stroke: number | undefined): void {
  retimeDraft.value = { id: Number(mark.id), start: span.start, end: span.end, stroke };
}

function choose(mark: Mark): void {
  const id = Number(mark.id);
  if (Number.isInteger(id) && !mark.focus) goToExemplar(id);
}
