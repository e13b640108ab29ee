import { useEffect, useState } from "preact/hooks";
import type { Exemplar } from "../api/types";
import { hashOf } from "../shell/address";
import { tellProblem } from "../shell/notices";
import { exemplarTake } from "../watch/exemplarTake";
import { Player } from "../watch/Player";
import type { Take } from "../watch/types";
import { exemplarsOf } from "./rows";

interface Props {
  id: number | undefined;
  version: number;
  /** Given, the stage can be closed. */
  close?: () => void;
}

interface Found {
  exemplar: Exemplar;
  take: Take;
}

/** The exemplar that was chosen, as it was at the version that was asked. */
export function ExemplarStage({ id, version, close }: Props) {
  const [found, setFound] = useState<Found>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    setFailed(false);
    if (id === undefined) return;
    const leave = new AbortController();
    const find = async () => {
      const exemplar = (await exemplarsOf([id], version, leave.signal)).get(id);
      if (!exemplar) throw new Error(`Exemplar #${id} is not in version ${version}.`);
      const take = await exemplarTake(exemplar, version);
      if (!leave.signal.aborted) setFound({ exemplar, take });
    };
    find().catch((error) => {
      if (leave.signal.aborted) return;
      setFailed(true);
      tellProblem(error);
    });
    return () => leave.abort();
  }, [id, version]);
  if (id === undefined) {
    return (
      <p class="soft why-stage-empty">Nothing was found for this moment, so nothing to play.</p>
    );
  }
  if (failed) return <p class="soft why-stage-empty">Exemplar #{id} cannot be played.</p>;
  if (!found) return <p class="soft why-stage-empty">Fetching exemplar #{id}…</p>;
  return (
    <section class="why-exemplar" aria-label={`Exemplar #${found.exemplar.id}`}>
      <p class="small why-stage-title">
        <strong>
          #{found.exemplar.id} “{found.exemplar.word}”
        </strong>{" "}
        <span class="soft">
          {found.exemplar.label} · {found.exemplar.speaker_name} ·{" "}
          <a href={hashOf("browse", { id: String(found.exemplar.id) })}>open in Browse</a>
        </span>
        {close && (
          <button type="button" class="quiet" onClick={close}>
            Close
          </button>
        )}
      </p>
      <div class="why-stage-player">
        <Player take={found.take} />
      </div>
    </section>
  );
}
