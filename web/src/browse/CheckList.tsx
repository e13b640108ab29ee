import { useSignal } from "@preact/signals";
import { LabelChip } from "./LabelChip";

interface Item {
  value: string;
  text: string;
  /** Not shown where it is not known. */
  count: number | undefined;
}

interface CheckListProps {
  name: string;
  items: readonly Item[];
  chosen: readonly string[];
  toggle: (value: string) => void;
  searchable?: boolean;
  /** Show texts as labels of the index. */
  labels?: boolean;
}

const FEW = 8;

/** Values to choose from, most frequent first, the first few until more are asked for. */
export function CheckList(props: CheckListProps) {
  const all = useSignal(false);
  const typed = useSignal("");
  const wanted = typed.value.trim().toLowerCase();
  const found = props.items.filter((item) => item.text.toLowerCase().includes(wanted));
  const shown = all.value || wanted ? found : found.slice(0, FEW);
  return (
    <div class="checks">
      {props.searchable && (
        <input
          class="checks-search"
          type="search"
          placeholder="find…"
          aria-label={`Find among ${props.name}`}
          value={typed.value}
          onInput={(event) => {
            typed.value = event.currentTarget.value;
          }}
        />
      )}
      <ul class={all.value || wanted ? "checks-all" : ""}>
        {shown.map((item) => (
          <li key={item.value}>
            <label class="check">
              <input
                type="checkbox"
                checked={props.chosen.includes(item.value)}
                onChange={() => props.toggle(item.value)}
              />
              <span class="check-text">
                {props.labels ? <LabelChip label={item.text} /> : item.text}
              </span>
              <span class="check-count">{item.count?.toLocaleString("en")}</span>
            </label>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="soft small">none</p>}
      {!wanted && found.length > FEW && (
        <button
          type="button"
          class="quiet checks-more"
          onClick={() => {
            all.value = !all.value;
          }}
        >
          {all.value ? "fewer" : `${found.length - FEW} more`}
        </button>
      )}
    </div>
  );
}
