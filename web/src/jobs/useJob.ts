import { useEffect, useState } from "preact/hooks";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";
import { follow } from "./follow";

/** A job as it stands, followed while it is shown. */
export function useJob(id: string | null | undefined): Job | undefined {
  const [job, setJob] = useState<Job>();
  useEffect(() => {
    setJob(undefined);
    if (!id) return;
    const leave = new AbortController();
    follow(id, setJob, leave.signal).catch((error) => {
      if (!leave.signal.aborted) tellProblem(error);
    });
    return () => leave.abort();
  }, [id]);
  return job?.id === id ? job : undefined;
}
