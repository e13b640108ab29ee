/** Where the filters and the exemplar that one looks at stand in the address. */

import { computed } from "@preact/signals";
import { go, place, put } from "../shell/address";
import { type Filters, filtersOf, queryOf, sameFilters } from "./filters";
import { ids, selection } from "./listing";

/** The filters of the address. */
export const filters = computed<Filters>(() => filtersOf(place.value.query));

/** The exemplar that the address names. */
export const addressedId = computed<number | undefined>(() => {
  const id = Number(place.value.query.get("id"));
  return Number.isInteger(id) && id > 0 ? id : undefined;
});

/** The exemplar that the list is at. */
export const currentId = computed<number | undefined>(() => ids.value[selection.value.at]);

/** Narrow the list otherwise: a step that Back takes back. */
export function changeFilters(changed: Filters): void {
  if (sameFilters(changed, filters.value)) return;
  const query = queryOf(changed);
  if (currentId.value !== undefined) query.set("id", String(currentId.value));
  go("browse", query);
}

/** Keep the current exemplar in the address. */
export function addressCurrent(): void {
  const id = currentId.value;
  if (place.value.tab !== "browse" || id === undefined || id === addressedId.value) return;
  put("id", [String(id)]);
}
