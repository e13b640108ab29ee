import { effect, useComputed, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { BulkDialog } from "../edit/BulkDialog";
import { bulkOpen } from "../edit/bulk";
import { rowShown } from "../edit/desk";
import { retimeDraft, saveRetime } from "../edit/drafts";
import { mergeNext, removeOrRestore, splitHere } from "../edit/EditPanel";
import { type KeyBinding, useKeys } from "../shell/keys";

import { tellProblem } from "../shell/notices";
import { warmStage } from "../watch/Player";
import { ExchangeDialog } from "./ExchangeDialog";
import { Facets } from "./Facets";
import { queryOf } from "./filters";
import { goToExemplar } from "./goTo";
import { Inspector } from "./Inspector";
import { panel } from "./inspected";
import { HEADS_PIXELS, List, ROW_PIXELS } from "./List";
import { ids, loadList, selection, version } from "./listing";
import { followNews, othersEdits } from "./news";
import { allChosen, chosenAt, extended, moved } from "./selection";
import { learnSpeakers } from "./speakers";
import { addressCurrent, addressedId, currentId, filters } from "./state";
import { Toolbar } from "./Toolbar";

/** Find exemplars, look at one, edit one or many. */
export function Browse() {
  const asked = useComputed(() => queryOf(filters.value).toString());
  const query = asked.value;
  useEffect(() => {
    void loadList(filters.peek(), addressedId.peek());
  }, [query]);
  useEffect(() => effect(followAddressed), []);
  useSignalEffect(() => {
    if (currentId.value !== undefined) addressCurrent();
  });
  useEffect(() => {
    learnSpeakers().catch(tellProblem);
    // the first body then waits for its motion alone
    warmStage().catch(tellProblem);
    return followNews(() => version.peek());
  }, []);
  return (
    <div class="browse">
      <Keys />
      <Facets />
      <div class="browse-list">
        <Toolbar refresh={refresh} />
        <List />
      </div>
      <Inspector id={currentId.value} />
      <BulkDialog />
      <ExchangeDialog />
    </div>
  );
}

/** Go where the address points, at once: a frame later it may name a row that a key has left. */
function followAddressed(): void {
  const wanted = addressedId.value;
  if (wanted !== undefined && wanted !== currentId.peek() && ids.peek().includes(wanted)) {
    goToExemplar(wanted);
  }
}

/** Make the list anew, with what others did. */
function refresh(): void {
  othersEdits.value = 0;
  void loadList(filters.peek(), currentId.peek());
}

/** Keys have a component of their own, so that the list need not be drawn anew for them. */
function Keys() {
  useKeys("List", LIST_KEYS);
  useKeys("Exemplar", EXEMPLAR_KEYS);
  return null;
}

const LIST_KEYS: readonly KeyBinding[] = [
  { key: "j", does: "next exemplar", run: () => step(1) },
  { key: "k", does: "previous exemplar", run: () => step(-1) },
  { key: "ArrowDown", does: "next exemplar", run: () => step(1) },
  { key: "ArrowUp", does: "previous exemplar", run: () => step(-1) },
  { key: "PageDown", does: "a page down", run: () => step(pageRows()) },
  { key: "PageUp", does: "a page up", run: () => step(-pageRows()) },
  { key: "Home", does: "first exemplar", run: () => step(Number.NEGATIVE_INFINITY) },
  { key: "End", does: "last exemplar", run: () => step(Number.POSITIVE_INFINITY) },
  { key: "x", does: "choose it, or choose it no longer", run: () => select(chosenAt) },
  { key: "Shift+ArrowDown", does: "choose down to the next", run: () => stretch(1) },
  { key: "Shift+ArrowUp", does: "choose up to the previous", run: () => stretch(-1) },
  { key: "Ctrl+a", does: "choose all, or none", run: () => select(allChosen) },
  { key: "/", does: "search", run: () => focusOn("search") },
  { key: "b", does: "edit all that are chosen or listed", run: openBulk },
];

const EXEMPLAR_KEYS: readonly KeyBinding[] = [
  { key: "=", does: "relabel with another sense", run: () => focusOn("sense-search") },
  { key: "Delete", does: "remove it, or restore it", run: () => removeCurrent() },
  { key: "S", does: "split at the playhead (with Shift)", run: () => onCurrent(splitHere) },
  {
    key: "M",
    does: "merge with the next of its tier (with Shift)",
    run: () => onCurrent(mergeNext),
  },
  { key: "Enter", does: "save the new times", run: saveRetime },
  { key: "Escape", does: "give the new times up", run: giveUpTimes },
  { key: "e", does: "show the edit panel", run: () => show("edit") },
  { key: "n", does: "show the neighbours", run: () => show("neighbours") },
  { key: "h", does: "show the history", run: () => show("history") },
];

function step(by: number): void {
  const { at } = selection.peek();
  const to = by === Number.NEGATIVE_INFINITY ? 0 : Math.min(at + by, ids.peek().length - 1);
  selection.value = moved(selection.peek(), ids.peek(), to);
}

function stretch(by: number): void {
  const now = selection.peek();
  selection.value = extended(now, ids.peek(), now.at + by);
}

function select(
  how: (one: typeof selection.value, all: readonly number[]) => typeof selection.value,
) {
  selection.value = how(selection.peek(), ids.peek());
}

function pageRows(): number {
  const height = document.querySelector(".list")?.clientHeight ?? 400;
  return Math.max(1, Math.floor((height - HEADS_PIXELS) / ROW_PIXELS) - 1);
}

function focusOn(id: string): void {
  if (id === "sense-search") panel.value = "edit";
  requestAnimationFrame(() => document.getElementById(id)?.focus());
}

function openBulk(): void {
  bulkOpen.value = ids.peek().length > 0;
}

function onCurrent(run: (id: number) => void): void {
  const id = currentId.peek();
  if (id !== undefined) run(id);
}

function removeCurrent(): void {
  const row = rowShown(currentId.peek());
  if (row) removeOrRestore(row);
}

function giveUpTimes(): void {
  retimeDraft.value = undefined;
}

function show(name: typeof panel.value): void {
  panel.value = name;
}
