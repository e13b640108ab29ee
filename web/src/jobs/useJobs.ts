import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ServiceError } from "../api/client";
import type { Job } from "../api/types";
import { tellProblem } from "../shell/notices";
import {
  after,
  longer,
  look,
  NOTHING,
  nextPage,
  pauseOf,
  type Shown,
  type Wanted,
} from "./listing";

export interface Listed {
  jobs: readonly Job[] | undefined;
  /** Fetches the page behind; none where all are shown. */
  more: (() => void) | undefined;
  /** Why there is no list, in words. */
  refused: string | undefined;
}

/** Jobs that are asked for, looked at again while the page is seen. */
export function useJobs(wanted: Wanted): Listed {
  const asked = JSON.stringify(wanted);
  const [list, setList] = useState<Shown>();
  const [refused, setRefused] = useState<string>();
  const now = useRef<Shown>(NOTHING);
  now.current = list ?? NOTHING;
  useEffect(() => {
    const leave = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let told = false;
    setList(undefined);
    setRefused(undefined);
    const watch = async (first: boolean) => {
      let times = 1;
      try {
        if (!document.hidden || first) {
          const found = await look(wanted, first ? [] : now.current.jobs, leave.signal);
          // a page may have been added meanwhile
          setList((shown) => after(shown ?? NOTHING, found));
          times = found.asked;
          told = false;
        }
      } catch (error) {
        if (leave.signal.aborted) return;
        if (error instanceof ServiceError && !error.detail.retryable && error.status !== 401) {
          setRefused(`${error.detail.message}. ${error.detail.remedy ?? ""}`);
          return;
        }
        if (!told) tellProblem(error);
        told = true;
      }
      if (leave.signal.aborted) return;
      timer = setTimeout(watch, pauseOf(now.current.jobs, times), false);
    };
    void watch(true);
    return () => {
      leave.abort();
      clearTimeout(timer);
    };
  }, [asked]);
  const cursor = list?.cursor ?? null;
  const more = useCallback(() => {
    if (!cursor) return;
    nextPage(wanted, cursor, new AbortController().signal).then(
      (page) => setList((shown) => longer(shown ?? NOTHING, page)),
      tellProblem,
    );
  }, [cursor, asked]);
  return { jobs: list?.jobs, more: cursor ? more : undefined, refused };
}
