/** Show an exemplar, in the list where it is listed, else in a list of its own. */

import { go } from "../shell/address";
import { ids, selection } from "./listing";
import { moved } from "./selection";

/** Go to an exemplar; where the filters leave it out, they are cleared. */
export function goToExemplar(id: number): void {
  const place = ids.value.indexOf(id);
  if (place >= 0) selection.value = moved(selection.value, ids.value, place);
  else go("browse", { removed: "any", id: String(id) });
}
