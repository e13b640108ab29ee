import { useMemo } from "preact/hooks";
import { TypedInput } from "../shell/TypedInput";
import { info } from "./info";
import {
  chosen,
  limitsText,
  type OptionField,
  retrievalFields,
  typedOf,
  type WeightField,
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
            changed={field.name in retrieval}
            value={typedOf(retrieval, field)}
            onTyped={(typed) => onChange(chosen(retrieval, field, typed))}
          />
        ))}
      </div>
      <details class="why-options">
        <summary>Weights of the score</summary>
        <div class="why-option-grid">
          {weights.map((weight) => (
            <Weight
              key={weight.name}
              weight={weight}
              value={(changed as Record<string, number>)[weight.name]}
              onTyped={(typed) => onChange(weighed(retrieval, weight.name, weight.usual, typed))}
            />
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

interface FieldProps {
  field: OptionField;
  changed: boolean;
  value: string;
  onTyped: (typed: string) => void;
}

function Field({ field, changed, value, onTyped }: FieldProps) {
  const id = `option-${field.name}`;
  const limits = field.kind === "number" ? limitsText(field.least, field.most) : "";
  return (
    <div class={changed ? "why-field why-field-changed" : "why-field"}>
      <label for={id}>{field.label}</label>
      <Control {...{ field, value, onTyped, id }} />
      <span id={helpOf(id)} class="why-field-help">
        {[`usually ${field.usually}`, limits, field.help].filter(Boolean).join(" · ")}
      </span>
    </div>
  );
}

function Control({ field, value, onTyped, id }: Omit<FieldProps, "changed"> & { id: string }) {
  switch (field.kind) {
    case "choice":
      return (
        <select
          value={value}
          id={id}
          aria-describedby={helpOf(id)}
          onChange={(event) => onTyped(event.currentTarget.value)}
        >
          {field.choices.map((each) => (
            <option key={each} value={each}>
              {spaced(each)}
            </option>
          ))}
        </select>
      );
    case "switch":
      return (
        <input
          type="checkbox"
          checked={value === "true"}
          id={id}
          aria-describedby={helpOf(id)}
          onChange={(event) => onTyped(String(event.currentTarget.checked))}
        />
      );
    case "number":
      return (
        <TypedInput
          id={id}
          value={value}
          number={{ step: field.whole ? 1 : "any", least: field.least, most: field.most }}
          describedBy={helpOf(id)}
          onTyped={onTyped}
        />
      );
    default:
      return (
        <TypedInput
          id={id}
          value={value}
          placeholder={PLACEHOLDERS[field.kind]}
          describedBy={helpOf(id)}
          onTyped={onTyped}
        />
      );
  }
}

function helpOf(id: string): string {
  return `${id}-help`;
}

const PLACEHOLDERS = { list: "with commas between", ages: "id: seconds ago, …" } as const;

interface WeightProps {
  weight: WeightField;
  /** Where it is not as usual. */
  value: number | undefined;
  onTyped: (typed: string) => void;
}

function Weight({ weight, value, onTyped }: WeightProps) {
  const { name, usual, help, least, most } = weight;
  const id = `weight-${name}`;
  return (
    <div class={value === undefined ? "why-field" : "why-field why-field-changed"}>
      <label for={id}>{spaced(name)}</label>
      <TypedInput
        id={id}
        value={String(value ?? usual)}
        number={{ step: "any", least, most }}
        describedBy={helpOf(id)}
        onTyped={onTyped}
      />
      <span id={helpOf(id)} class="why-field-help">
        {[`usually ${usual}`, limitsText(least, most), help].filter(Boolean).join(" · ")}
      </span>
    </div>
  );
}
