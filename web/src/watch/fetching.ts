/** Fetching what takes long enough to tell how far it has come. */

import { call } from "../api/client";

/** How much of something large has come. */
export interface Come {
  bytes: number;
  of: number;
}

/** Less than this comes before anybody could read how much. */
export const LARGE_BYTES = 8_000_000;

/** The bytes at an address; of a large file it is told how much has come. */
export async function bytesOf(
  address: string,
  signal: AbortSignal,
  tell: (come: Come) => void,
): Promise<ArrayBuffer> {
  const answer = await call(address, { signal });
  const length = Number(answer.headers.get("Content-Length"));
  const packed = answer.headers.has("Content-Encoding");
  if (!answer.body || packed || !(length >= LARGE_BYTES)) return await answer.arrayBuffer();
  const bytes = new Uint8Array(length);
  let place = 0;
  const reader = answer.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, place);
    place += part.value.length;
    tell({ bytes: place, of: length });
  }
  return bytes.buffer;
}

/** In words: "34 of 100 MB". */
export function comeText({ bytes, of }: Come): string {
  return `${Math.floor(bytes / 1e6)} of ${Math.ceil(of / 1e6)} MB`;
}
