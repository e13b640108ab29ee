/** One way to the service: addresses, the key, typed errors. */

import { signal } from "@preact/signals";
import type { ErrorDetail } from "./types";

const KEY = "chironomia-key";

/** Whether the service asked for a key that it was not given; the shell then shows a field for it. */
export const keyWanted = signal(false);
/** Whether the last call reached the service. */
export const reachable = signal(true);

/** The service said no, with what it expected, what it found and what to do. */
export class ServiceError extends Error {
  constructor(
    readonly status: number,
    readonly detail: ErrorDetail,
  ) {
    super(detail.message);
  }
}

/** The service could not be reached at all; whatever was asked may or may not have happened. */
export class UnreachableError extends Error {}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON, unless it is a form. */
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Remember the key for this tab; an empty one forgets it. */
export function useKey(key: string): void {
  if (key) sessionStorage.setItem(KEY, key);
  else sessionStorage.removeItem(KEY);
  keyWanted.value = false;
}

/** Let the browser itself fetch one address with the key: a media element sends no headers of ours. */
export function lendKey(address: string): void {
  const key = sessionStorage.getItem(KEY);
  if (!key) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  const [path] = address.split("?");
  // biome-ignore lint/suspicious/noDocumentCookie: cookieStore is missing in some browsers, and without TLS
  document.cookie = `${KEY}=${encodeURIComponent(key)}; Path=${path}; SameSite=Strict${secure}`;
}

/** The answer of one call, whatever its content; throws ServiceError or UnreachableError. */
export async function call(address: string, asked: Call = {}): Promise<Response> {
  const headers = new Headers(asked.headers);
  const key = sessionStorage.getItem(KEY);
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const form = asked.body instanceof FormData;
  if (asked.body !== undefined && !form) headers.set("Content-Type", "application/json");
  let answer: Response;
  try {
    answer = await fetch(address, {
      method: asked.method ?? "GET",
      headers,
      body: form
        ? (asked.body as FormData)
        : asked.body === undefined
          ? null
          : JSON.stringify(asked.body),
      signal: asked.signal ?? null,
    });
  } catch (error) {
    if (asked.signal?.aborted) throw error;
    reachable.value = false;
    throw new UnreachableError("The service does not answer. Is it running?");
  }
  reachable.value = true;
  if (answer.ok) return answer;
  const detail = await told(answer);
  if (answer.status === 401) keyWanted.value = true;
  throw new ServiceError(answer.status, detail);
}

/** What a call answers as JSON. */
export async function ask<T>(address: string, asked: Call = {}): Promise<T> {
  return (await (await call(address, asked)).json()) as T;
}

/** An address with its query: empty values are left out, lists are repeated. */
export function at(path: string, query: Record<string, Query>): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") parts.append(name, String(one));
    }
  }
  const text = parts.toString();
  return text ? `${path}?${text}` : path;
}

type One = string | number | boolean | null | undefined;
export type Query = One | readonly One[];

async function told(answer: Response): Promise<ErrorDetail> {
  try {
    const body = (await answer.json()) as { error?: ErrorDetail };
    if (body.error) return body.error;
  } catch {
    // not of this service: a proxy's page, say
  }
  return {
    type: "unknown",
    code: `http_${answer.status}`,
    message: `The service answered ${answer.status} ${answer.statusText}`.trim(),
    retryable: answer.status >= 500,
  };
}
