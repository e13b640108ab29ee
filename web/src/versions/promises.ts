/** What requests will get once `live` moves. */

import type { Tag } from "../api/types";

/** What requests will get after a step, in words. */
export function promiseWords(
  step: "promote" | "follow" | "rollback",
  version: number,
  live: Tag | undefined,
): string {
  const now = live ? `version ${live.version}` : "nothing";
  if (step === "follow") {
    return `Requests will be answered from the newest version, now ${version}, and from every edit as soon as it is made. Jobs that run keep the version that they began with.`;
  }
  const later = "Edits go on, and are not answered from until live is promoted or follows again.";
  const verb = step === "promote" ? "Requests" : "From now on requests";
  return `${verb} will be answered from version ${version} instead of ${now}. ${later} Jobs that run keep the version that they began with.`;
}
