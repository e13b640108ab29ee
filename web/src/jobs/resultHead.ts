/** What a result's JSON says before its poses, read without them: an hour of poses is more than a page can hold. */

import { call } from "../api/client";

/** What provenance or poses begin with; a text within JSON cannot hold it, as its quotes are escaped. */
const ENDS = [', "provenance": {', ', "poses": ['];
const LONGEST = Math.max(...ENDS.map((each) => each.length));

/** The fields before provenance and poses; all fields of a file without any. */
export async function headOf(address: string, signal: AbortSignal): Promise<unknown> {
  const answer = await call(address, { signal });
  if (!answer.body) return await answer.json();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  const parts: string[] = [];
  let seam = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    // it may begin in one part and end in the next
    const seen = seam + part.value;
    const places = ENDS.map((each) => seen.indexOf(each)).filter((each) => each >= 0);
    if (places.length) {
      const place = Math.min(...places);
      await reader.cancel();
      const rest = seen.length - place;
      return JSON.parse(`${parts.join("").slice(0, -rest)}}`);
    }
    seam = seen.slice(1 - LONGEST);
  }
  return JSON.parse(parts.join(""));
}
