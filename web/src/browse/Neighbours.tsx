import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask, at } from "../api/client";
import type { Exemplar } from "../api/types";
import { tellProblem } from "../shell/notices";
import { contextOf, tailOf } from "./context";
import { goToExemplar } from "./goTo";
import { ghostId } from "./inspected";
import { LabelChip } from "./LabelChip";

interface NeighboursAnswer {
  id: number;
  near: number;
  neighbours: { similarity: number; near_duplicate: boolean; exemplar: Exemplar }[];
}

/** The exemplars whose sentences mean most nearly the same; each can be watched as a ghost. */
export function Neighbours({ id }: { id: number }) {
  const found = useSignal<NeighboursAnswer | undefined>(undefined);
  useEffect(() => {
    const asked = new AbortController();
    const address = at(`/v1/exemplars/${id}/neighbours`, { limit: 12 });
    ask<NeighboursAnswer>(address, { signal: asked.signal }).then((answer) => {
      found.value = answer;
    }, tellProblem);
    return () => asked.abort();
  }, [id, found]);
  if (found.value?.id !== id) return <p class="soft inspector-pad">…</p>;
  if (found.value.neighbours.length === 0) {
    return <p class="soft inspector-pad">The index holds no neighbour of this exemplar yet.</p>;
  }
  return (
    <ul class="neighbours" aria-label="Neighbours, nearest first">
      {found.value.neighbours.map(({ similarity, near_duplicate, exemplar }) => (
        <li key={exemplar.id}>
          <span class="neighbour-score">
            {similarity.toFixed(3)}
            {near_duplicate && <span class="neighbour-near"> near duplicate</span>}
          </span>
          <button
            type="button"
            class="quiet neighbour-go"
            onClick={() => goToExemplar(exemplar.id)}
          >
            <LabelChip label={exemplar.sense} />
            <Said row={exemplar} />
          </button>
          <button
            type="button"
            aria-pressed={ghostId.value === exemplar.id}
            onClick={() => {
              ghostId.value = ghostId.value === exemplar.id ? undefined : exemplar.id;
            }}
          >
            Compare
          </button>
        </li>
      ))}
    </ul>
  );
}

function Said({ row }: { row: Exemplar }) {
  const { before, word, after } = contextOf(row.text, row.word, row.start_seconds);
  return (
    <span class="soft neighbour-said">
      {tailOf(before, 24)} <strong>{word}</strong> {after}
    </span>
  );
}
