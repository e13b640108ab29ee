import { signal } from "@preact/signals";
import { toggled } from "./filters";
import { type Counts, hueOf, type SenseNode, senseTree } from "./labels";
import { changeFilters, filters } from "./state";

const folded = signal<ReadonlySet<string>>(new Set());

/** The senses as a tree that folds; choosing one includes those below it. */
export function SenseTree({ counts }: { counts: Counts }) {
  const chosen = filters.value.lists.label ?? [];
  const tree = senseTree(withChosen(counts, chosen));
  if (tree.length === 0) return <p class="soft small">none</p>;
  return <Level nodes={tree} chosen={chosen} included={false} />;
}

/** Chosen senses stay in sight, also where nothing is left of them. */
function withChosen(counts: Counts, chosen: readonly string[]): Counts {
  return { ...Object.fromEntries(chosen.map((label) => [label, 0])), ...counts };
}

interface LevelProps {
  nodes: readonly SenseNode[];
  chosen: readonly string[];
  /** Whether a sense above is chosen. */
  included: boolean;
}

function Level({ nodes, chosen, included }: LevelProps) {
  return (
    <ul class="senses">
      {nodes.map((node) => (
        <li key={node.path}>
          <Sense node={node} chosen={chosen} included={included} />
        </li>
      ))}
    </ul>
  );
}

function Sense({ node, chosen, included }: Omit<LevelProps, "nodes"> & { node: SenseNode }) {
  const open = !folded.value.has(node.path);
  const isChosen = chosen.includes(node.path);
  return (
    <>
      <div class="sense">
        {node.children.length > 0 ? (
          <button
            type="button"
            class="quiet sense-fold"
            aria-expanded={open}
            aria-label={`${node.name}: ${open ? "fold" : "unfold"}`}
            onClick={() => fold(node.path)}
          >
            {open ? "▾" : "▸"}
          </button>
        ) : (
          <span class="sense-fold" />
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isChosen || included}
            disabled={included}
            onChange={() => changeFilters(toggled(filters.value, "label", node.path))}
          />
          <span class={`check-text hue-${hueOf(node.path)}`}>
            {!node.path.includes(".") && <i class="sense-mark" aria-hidden="true" />}
            {node.name}
          </span>
          <span class="check-count">{node.count.toLocaleString("en")}</span>
        </label>
      </div>
      {open && node.children.length > 0 && (
        <Level nodes={node.children} chosen={chosen} included={included || isChosen} />
      )}
    </>
  );
}

function fold(path: string): void {
  const next = new Set(folded.value);
  if (!next.delete(path)) next.add(path);
  folded.value = next;
}
