import { useMemo } from "preact/hooks";
import { info } from "./info";
import {
  chosen,
  type OptionField,
  retrievalFields,
  typedOf,
  weighed,
  weightFields,
} from "./options";
import { spaced } from "./question";

interface Props {
  retrieval: Record<string, unknown>;
  onChange: (retrieval: Record<string, unknown>) => void;
  open?: boolean;
}

/** Every retrieval option and weight, as the service tells them. */
export function OptionFields({ retrieval, onChange, open = false }: Props) {
  const schema = info.value?.options;
  const fields = useMemo(() => retrievalFields(schema), [schema]);
  const weights = useMemo(() => weightFields(schema), [schema]);
  const { weights: changed = {}, ...rest } = retrieval;
  const count = Object.keys(rest).length + Object.keys(changed as object).length;
  return (
    <details class="why-options" open={open}>
      <summary>
        Options <span class="soft small">{count ? `${count} changed` : "all as usual"}</span>
      </summary>
      <div class="why-option-grid">
        {fields.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={typedOf(retrieval, field)}
            onInput={(typed) => onChange(chosen(retrieval, field, typed))}
          />
        ))}
      </div>
      <details class="why-options">
        <summary>Weights of the score</summary>
        <div class="why-option-grid why-option-weights">
          {weights.map(({ name, usual }) => (
            <label key={name} class="why-field">
              <span>{spaced(name)}</span>
              <input
                type="number"
                step="any"
                min={name === "recent_seconds" ? 1 : 0}
                value={(changed as Record<string, number>)[name] ?? usual}
                onChange={(event) =>
                  onChange(weighed(retrieval, name, usual, event.currentTarget.value))
                }
              />
            </label>
          ))}
        </div>
      </details>
      {count > 0 && (
        <button type="button" class="quiet" onClick={() => onChange({})}>
          All as usual
        </button>
      )}
    </details>
  );
}

function Field({
  field,
  value,
  onInput,
}: {
  field: OptionField;
  value: string;
  onInput: (typed: string) => void;
}) {
  if (field.kind === "choice") {
    return (
      <label class="why-field" title={field.help}>
        <span>{field.label}</span>
        <select value={value} onChange={(event) => onInput(event.currentTarget.value)}>
          {field.choices.map((each) => (
            <option key={each} value={each}>
              {spaced(each)}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <label class="why-field" title={field.help}>
      <span>{field.label}</span>
      <input
        inputMode={field.kind === "number" ? "decimal" : "text"}
        value={value}
        onChange={(event) => onInput(event.currentTarget.value)}
      />
    </label>
  );
}
