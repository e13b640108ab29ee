import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ask } from "../api/client";
import type { Coverage as CoverageAnswer } from "../api/types";
import { hashOf, place, put } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { TypedInput } from "../shell/TypedInput";
import { type Bar, fewOf, gestureBars, senseBars } from "./coverage";
import { hueOf } from "./labels";
import "./coverage.css";
import "./label.css";

const USUAL_FEW = 5;

/** Which senses and gesture types have exemplars, and which need more. */
export function Coverage() {
  const answer = useSignal<CoverageAnswer | undefined>(undefined);
  const few = Math.max(1, Number(place.value.query.get("few")) || USUAL_FEW);
  useEffect(() => {
    const asked = new AbortController();
    ask<CoverageAnswer>("/v1/exemplars/coverage", { signal: asked.signal }).then((found) => {
      answer.value = found;
    }, tellProblem);
    return () => asked.abort();
  }, [answer]);
  const rows = answer.value?.labels;
  if (!rows) return <p class="soft coverage">…</p>;
  const senses = senseBars(rows, few);
  const gestures = gestureBars(rows, few);
  const counted = fewOf([...senses, ...gestures]);
  const most = Math.max(1, ...gestures.map(exemplarsOf), ...senses.map(exemplarsOf));
  return (
    <div class="coverage">
      <header>
        <h1>Coverage</h1>
        <label for="coverage-few">
          few means fewer than{" "}
          <TypedInput
            id="coverage-few"
            live
            number={{ step: 1, least: 1, most: undefined }}
            value={String(few)}
            onTyped={(typed) => put("few", [typed])}
          />{" "}
          exemplars
        </label>
        <p role="status">
          {counted.few} labels have few, {counted.none} of them none, at version{" "}
          {answer.value?.version}.
        </p>
      </header>
      <Chart name="Gesture types" bars={gestures} most={most} />
      <Chart name="Senses" bars={senses} most={most} />
    </div>
  );
}

function exemplarsOf(bar: Bar): number {
  return bar.exemplars;
}

function Chart({ name, bars, most }: { name: string; bars: readonly Bar[]; most: number }) {
  return (
    <table class="bars">
      <caption>{name}</caption>
      <thead>
        <tr>
          <th scope="col">Label</th>
          <th scope="col">Exemplars</th>
          <th scope="col" class="bars-number">
            Speakers
          </th>
          <th scope="col" class="bars-number">
            Recordings
          </th>
          <th scope="col">State</th>
        </tr>
      </thead>
      <tbody>
        {bars.map((bar) => (
          <Row key={bar.label} bar={bar} most={most} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ bar, most }: { bar: Bar; most: number }) {
  return (
    <tr class={bar.depth === 0 ? "bars-top" : ""}>
      <th scope="row" style={{ paddingLeft: `${8 + 20 * bar.depth}px` }}>
        <a href={hashOf("browse", { label: bar.label })}>{bar.name}</a>
      </th>
      <td>
        <span class="bars-line">
          <span
            class={`bars-bar hue-${hueOf(bar.label)} ${bar.few ? "bars-few" : ""} ${bar.leaf ? "" : "bars-sum"}`}
            style={{ width: `${(100 * bar.exemplars) / most}%` }}
          />
          <span class="bars-count">{bar.exemplars.toLocaleString("en")}</span>
        </span>
      </td>
      <td class="bars-number">{bar.speakers?.toLocaleString("en")}</td>
      <td class="bars-number">{bar.recordings?.toLocaleString("en")}</td>
      <td class="bars-state">{bar.few && (bar.exemplars === 0 ? "none" : "few")}</td>
    </tr>
  );
}
