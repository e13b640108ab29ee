/** The page's state lives in its address: what is shown survives a reload and can be sent to others. */

import { signal } from "@preact/signals";

export const TABS = ["browse", "why", "jobs", "versions", "coverage"] as const;
export type Tab = (typeof TABS)[number];

export interface Place {
  tab: Tab;
  query: URLSearchParams;
}

/** Where the page is: `#/browse?label=Contingency&id=12`. */
export const place = signal<Place>(placeOf(globalThis.location?.hash ?? ""));

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const tab = TABS.find((each) => each === path) ?? "browse";
  return { tab, query: new URLSearchParams(query) };
}

export function hashOf(tab: Tab, query: URLSearchParams | Record<string, string> = {}): string {
  const text = new URLSearchParams(query).toString();
  return text ? `#/${tab}?${text}` : `#/${tab}`;
}

/** Go somewhere: a step that Back takes back. */
export function go(tab: Tab, query: URLSearchParams | Record<string, string> = {}): void {
  globalThis.location.hash = hashOf(tab, query);
}

/** Change one value of the query in place, without a step of history. */
export function put(name: string, values: readonly string[]): void {
  const query = new URLSearchParams(place.value.query);
  query.delete(name);
  for (const value of values) if (value) query.append(name, value);
  const { tab } = place.value;
  history.replaceState(null, "", hashOf(tab, query));
  place.value = { tab, query };
}

/** Follow the address from now on. */
export function followAddress(): void {
  addEventListener("hashchange", () => {
    place.value = placeOf(location.hash);
  });
}
