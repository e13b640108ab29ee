/** A small talk and its explanation, for tests. */

import type { Annotations, Candidate, CutExemplar, Explanation, Moment } from "./explanation";

export function candidate(id: number, values: Record<string, number>): Candidate {
  const terms = Object.entries(values).map(([name, value]) => ({
    name,
    value,
    why: `${name} of ${id}`,
  }));
  const total = terms.reduce((sum, term) => sum + term.value, 0);
  return {
    exemplar_id: id,
    recording: "2_scott_0_1_1",
    recording_seconds: 1,
    speaker: 1,
    label: "iconic",
    word: "huge",
    quality: [],
    total,
    behind: 0,
    terms,
  };
}

export function cutExemplar(total: number | null, behind: number | null): CutExemplar {
  const { terms: _, quality: __, ...row } = candidate(7, {});
  return { ...row, total, behind };
}

export function moment(time: number, word: string, more: Partial<Moment> = {}): Moment {
  return {
    time_seconds: time,
    word,
    label: "iconic",
    method: "gesture_type",
    text: "",
    prominence: 1,
    importance: 1,
    candidates: [],
    margin: null,
    cut: { label: 0, recording: 0, speaker: 0, exemplar: 0 },
    placed: null,
    reason: "another is near and asks more",
    ...more,
  };
}

export function placed(id: number, start: number): NonNullable<Moment["placed"]> {
  return {
    exemplar_id: id,
    rank: 1,
    target_start_seconds: start,
    target_end_seconds: start + 3,
    source_start_seconds: 0,
    offset_seconds: 0.1,
  };
}

export function explanation(...moments: Moment[]): Explanation {
  return {
    scorer: "default",
    placement: "default",
    method: "auto",
    weights: { label: 8, word: 4, same_word: 1, overshadowed: 3 },
    moments,
    notes: [],
  };
}

/** "we stayed because it rained", half a second a word. */
export const TALK: Annotations = {
  words: ["we", "stayed", "because", "it", "rained"].map((word, place) => ({
    word,
    start: place / 2,
    end: place / 2 + 0.4,
  })),
  word_times: "given",
  relations: [
    {
      connective: "because",
      sense: "Contingency.Cause.Reason",
      interval: { start: 0, end: 2.4 },
      connective_interval: { start: 1, end: 1.4 },
      arg1: "we stayed",
      arg2: "it rained",
      tokens: [2],
      arg1_tokens: [0, 1],
      arg2_tokens: [3, 4],
      probability: 1,
      source: "model",
    },
  ],
  gestures: [
    {
      type: "iconic",
      word: "stayed",
      interval: { start: 0.5, end: 0.9 },
      tokens: [1],
      probability: 0.5,
      source: "rules",
    },
  ],
  prominences: [
    { word: "we", interval: { start: 0, end: 0.4 }, value: 0.2, boundary: 0 },
    { word: "rained", interval: { start: 2, end: 2.4 }, value: 2.4, boundary: 0.5 },
  ],
};
