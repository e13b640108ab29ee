import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";
import { firstPages, merged, nextPage, pauseOf, type Wanted } from "./listing";

export interface Listed {
  jobs: readonly Job[] | undefined;
  /** Fetches the page behind; none where all are shown. */
  more: (() => void) | undefined;
}

/** Jobs that are asked for, looked at again while the page is seen. */
export function useJobs(wanted: Wanted): Listed {
  const asked = JSON.stringify(wanted);
  const [jobs, setJobs] = useState<readonly Job[]>();
  const [cursor, setCursor] = useState<string | null>(null);
  const shown = useRef<readonly Job[]>([]);
  shown.current = jobs ?? [];
  useEffect(() => {
    const leave = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let told = false;
    setJobs(undefined);
    const look = async (first: boolean) => {
      try {
        if (!document.hidden || first) {
          const before = first ? [] : shown.current;
          const page = await firstPages(wanted, before.length, leave.signal);
          const all = merged(before, page.jobs, page.next_cursor !== null);
          setJobs(all);
          // behind jobs that were kept, the cursor of their own page holds
          if (all.length === page.jobs.length) setCursor(page.next_cursor);
          told = false;
        }
      } catch (error) {
        if (!leave.signal.aborted && !told) tellProblem(error);
        told = true;
      }
      if (!leave.signal.aborted) timer = setTimeout(look, pauseOf(shown.current), false);
    };
    void look(true);
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  const more = useCallback(() => {
    if (!cursor) return;
    nextPage(wanted, cursor, new AbortController().signal).then((page) => {
      setJobs((before) => [...(before ?? []), ...page.jobs]);
      setCursor(page.next_cursor);
    }, tellProblem);
  }, [cursor, asked]);
  return { jobs, more: cursor ? more : undefined };
}
