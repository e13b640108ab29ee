/** What is asked about a talk: the speech, who speaks, which index, which options. */

import type { Job } from "../api/types";

/** A sound that a job of the service has: it is named there, and not sent again. */
export interface KeptSound {
  job: string;
  name: string;
  /** The same, where this page has it too: the service removes it after its time. */
  file?: File;
}

export interface Question {
  text: string;
  sound: File | KeptSound | undefined;
  words: File | undefined;
  /** Index of the speaker; empty for the first one. */
  speaker: string;
  /** A tag or number of a version. */
  index: string;
  /** Retrieval options that differ from their defaults, weights among them. */
  retrieval: Record<string, unknown>;
}

export const EMPTY: Question = {
  text: "",
  sound: undefined,
  words: undefined,
  speaker: "",
  index: "live",
  retrieval: {},
};

const KEPT = "chironomia-question";

/** What is kept of a question over a reload; files are found again in the job that they were sent with. */
interface Kept extends Omit<Question, "sound" | "words"> {
  sound: string | null;
  words: string | null;
}

/** Whether there is anything to ask about. */
export function isAskable(question: Question): boolean {
  return Boolean(question.text.trim() || question.sound || question.words);
}

/** Whether there is nothing but a text: its pace is guessed, and to generate it must be spoken. */
export function isTextAlone(question: Question): boolean {
  return !question.sound && !question.words;
}

/** The form of a speech, as explanations and jobs take it. */
export function formOf(question: Question, more: Record<string, unknown> = {}): FormData {
  const form = new FormData();
  const { sound } = question;
  if (sound instanceof File) form.set("sound", sound);
  else if (sound) form.set("sound_of", sound.job);
  if (question.words) form.set("words", question.words);
  // word times say everything that a text would
  if (question.text.trim() && !question.words) form.set("text", question.text.trim());
  if (question.speaker) form.set("speaker", question.speaker);
  form.set("options", JSON.stringify({ retrieval: question.retrieval, ...more }));
  return form;
}

/** The question once a job was made of it, which has its sound from now on. */
export function settled(question: Question, job: Job): Question {
  const { sound } = question;
  if (!(sound instanceof File) || !job.links.sound) return question;
  return { ...question, sound: { job: job.id, name: sound.name, file: sound } };
}

/** What is left of a question whose sound the service no longer has. */
export function withoutKept(question: Question): Question {
  const { sound } = question;
  return sound instanceof File ? question : { ...question, sound: sound?.file };
}

export function keep(question: Question): void {
  const kept: Kept = {
    ...question,
    sound: question.sound?.name ?? null,
    words: question.words?.name ?? null,
  };
  sessionStorage.setItem(KEPT, JSON.stringify(kept));
}

/** The question of before the reload, and whether files went with it that must be fetched again. */
export function kept(): { question: Question; hadFiles: boolean } | undefined {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null") as Kept | null;
    if (!found) return undefined;
    const { sound, words, ...rest } = found;
    const question = { ...EMPTY, ...rest, sound: undefined, words: undefined };
    return { question, hadFiles: Boolean(sound || words) };
  } catch {
    return undefined;
  }
}

/** Sort what was dropped or chosen: a sound, word times, or a plain text. */
export function kindOfFile(file: File): "sound" | "words" | "text" | undefined {
  const name = file.name.toLowerCase();
  if (/\.(textgrid|json)$/.test(name)) return "words";
  if (/\.txt$/.test(name)) return "text";
  if (/\.(wav|mp3|flac|ogg)$/.test(name) || file.type.startsWith("audio/")) return "sound";
  return undefined;
}

/** A question in a line: what tells it from others. */
export function summaryOf(question: Question, words: readonly string[] = []): string {
  const said = question.text.trim() || words.join(" ");
  const short = said.length > 90 ? `${said.slice(0, 90)}…` : said;
  return short || question.sound?.name || question.words?.name || "nothing yet";
}

/** Options that differ from their defaults, in words; empty where all are usual. */
export function choicesOf(question: Question): string[] {
  const { weights, ...rest } = question.retrieval;
  const plain = Object.entries(rest).map(([name, value]) => `${spaced(name)} ${shown(value)}`);
  const weighed = Object.entries((weights ?? {}) as Record<string, number>);
  return [...plain, ...weighed.map(([name, value]) => `weight of ${spaced(name)} ${value}`)];
}

export function spaced(name: string): string {
  return name.replaceAll("_", " ");
}

function shown(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value);
}
