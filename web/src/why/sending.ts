/** Sends a speech: a sound that the service has is named, and sent only where it is gone there. */

import { ServiceError } from "../api/client";
import type { Job } from "../api/types";
import { type Question, settled, withoutKept } from "./question";

export interface Sent {
  job: Job;
  /** The question as it is asked again. */
  question: Question;
}

/** The service no longer gives the sound of a job, and the page does not have it either. */
export class SoundGoneError extends Error {
  constructor(
    why: string,
    /** The question without its sound. */
    readonly left: Question,
  ) {
    super(`${why}: choose the file of the sound again.`);
  }
}

/** Make a job of a question; throws SoundGoneError where its sound is nowhere. */
export async function sendSpeech(
  question: Question,
  post: (question: Question) => Promise<Job>,
): Promise<Sent> {
  try {
    const job = await post(question);
    return { job, question: settled(question, job) };
  } catch (error) {
    if (!(error instanceof ServiceError && error.detail.field === "sound_of")) throw error;
    const left = withoutKept(question);
    if (!left.sound) throw new SoundGoneError(error.message, left);
    const job = await post(left);
    return { job, question: settled(left, job) };
  }
}
