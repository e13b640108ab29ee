/** An exemplar as something to play: its window's body, sound, words and annotations. */

import { ask, at } from "../api/client";
import type { Curve, Mark, PlayerProps, Span, Take, Tier } from "./types";

/** What the stroke's loop repeats. */
const LOOP_SECONDS = 0.6;
/** A word at least so prominent is drawn with weight: about one in five. */
const PROMINENT = 1.5;

const RELATION_HUE = 2;
const ARGUMENT_HUES = [5, 3] as const;
const GESTURE_HUE = 4;

/** What `GET /v1/exemplars/{id}/timeline` answers; seconds from the window's start. */
export interface TimelineAnswer {
  id: number;
  recording: string;
  seconds: number;
  words: readonly {
    text: string;
    start_seconds: number;
    end_seconds: number;
    prominence: number | null;
  }[];
  relations: readonly (Entry & { sense: string; arg1: Argument | null; arg2: Argument | null })[];
  gestures: readonly Entry[];
  hand_speed: { fps: number; left: readonly number[]; right: readonly number[] } | null;
}

interface Entry {
  exemplar_id: number | null;
  annotation_id: number | null;
  this: boolean;
  label: string;
  word: string;
  start_seconds: number;
  end_seconds: number;
  stroke_seconds: number | null;
  probability: number;
}

interface Argument {
  start_seconds: number | null;
  end_seconds: number | null;
  text: string;
}

/** Fetch what is known about an exemplar's window; throws what `ask` throws. */
export async function exemplarTake(
  exemplar: { id: number },
  version?: number | string,
): Promise<Take> {
  const answer = await ask<TimelineAnswer>(
    at(`/v1/exemplars/${exemplar.id}/timeline`, { version }),
  );
  return takeOf(answer);
}

/** The take of a timeline's answer. */
export function takeOf(answer: TimelineAnswer): Take {
  const here = `/v1/exemplars/${answer.id}`;
  const own = [...answer.relations, ...answer.gestures].find((entry) => entry.this);
  return {
    key: `exemplar-${answer.id}`,
    title: own ? `${own.label}, “${own.word}”, ${answer.recording}` : answer.recording,
    motion: `${here}/motion.glb`,
    sound: `${here}/sound.wav`,
    seconds: answer.seconds,
    tiers: tiersOf(answer),
    curves: curvesOf(answer),
    ...(own && { loop: loopOf(own, answer.seconds) }),
  };
}

/** A take as the ghost of another: shifted so that both strokes meet. */
export function ghostOf(take: Take, other: Take): NonNullable<PlayerProps["ghost"]> {
  return { take: other, shift: strokeOf(take) - strokeOf(other) };
}

/** When the stroke of a take's focus is; the middle of the focus where that is not known. */
export function strokeOf(take: Take): number {
  const focus = take.tiers.flatMap(({ marks }) => marks).find((mark) => mark.focus);
  return focus ? (focus.stroke ?? (focus.start + focus.end) / 2) : 0;
}

function tiersOf(answer: TimelineAnswer): Tier[] {
  const tiers: Tier[] = [{ name: "Words", marks: answer.words.map(wordMark) }];
  const { relations, gestures } = answer;
  if (relations.length) {
    const marks = relations.map((entry, place) => entryMark(entry, place, RELATION_HUE));
    tiers.push({ name: "Relations", marks });
    const said = relations.flatMap(argumentMarks);
    if (said.length) tiers.push({ name: "Arguments", marks: said });
  }
  if (gestures.length) {
    const marks = gestures.map((entry, place) => entryMark(entry, place, GESTURE_HUE));
    tiers.push({ name: "Gestures", marks });
  }
  return tiers;
}

function wordMark(word: TimelineAnswer["words"][number], place: number): Mark {
  const { text, prominence, start_seconds: start, end_seconds: end } = word;
  const strong = prominence !== null && prominence >= PROMINENT;
  const title = prominence === null ? text : `${text}, prominence ${prominence.toFixed(1)}`;
  return { id: `word-${place}`, text, title, start, end, ...(strong && { strong }) };
}

function entryMark(entry: Entry, place: number, colour: number): Mark {
  const short = entry.label.split(".").at(-1) ?? entry.label;
  // a beat belongs to no word
  const said = entry.word && ` “${entry.word}”`;
  return {
    id: entry.exemplar_id === null ? `annotation-${place}` : String(entry.exemplar_id),
    text: `${short}${said}`,
    title: `${entry.label}${said}, probability ${entry.probability.toFixed(2)}`,
    start: entry.start_seconds,
    end: entry.end_seconds,
    ...(entry.stroke_seconds !== null && { stroke: entry.stroke_seconds }),
    colour,
    ...(entry.this && { focus: true }),
  };
}

function argumentMarks(relation: TimelineAnswer["relations"][number], place: number): Mark[] {
  return [relation.arg1, relation.arg2].flatMap((argument, which) => {
    const { start_seconds: start, end_seconds: end, text } = argument ?? NOTHING;
    if (start === null || end === null) return [];
    const name = `Arg${which + 1}`;
    const title = `${name} of “${relation.word}”: ${text}`;
    const colour = ARGUMENT_HUES[which] ?? 0;
    return [{ id: `${name}-${place}`, text: `${name} ${text}`, title, start, end, colour }];
  });
}

const NOTHING: Argument = { start_seconds: null, end_seconds: null, text: "" };

function curvesOf({ hand_speed: speed }: TimelineAnswer): Curve[] {
  if (!speed) return [];
  const { fps, left, right } = speed;
  return [
    { name: "left", unit: "m/s", fps, values: left },
    { name: "right", unit: "m/s", fps, values: right },
  ];
}

function loopOf(entry: Entry, seconds: number): Span {
  const middle = entry.stroke_seconds ?? (entry.start_seconds + entry.end_seconds) / 2;
  const start = Math.min(Math.max(0, middle - LOOP_SECONDS / 2), seconds - LOOP_SECONDS);
  return { start: Math.max(0, start), end: Math.min(seconds, Math.max(0, start) + LOOP_SECONDS) };
}
