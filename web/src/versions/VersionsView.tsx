import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { editsDone } from "../edit/desk";
import { place, put } from "../shell/address";
import { Confirm, type Question } from "./Confirm";
import { EventDetail } from "./EventDetail";
import { EventList } from "./EventList";
import { Staging } from "./Staging";
import { events, refresh } from "./state";
import { Tags } from "./Tags";
import "./versions.css";

/** What happened to the index, and which state of it answers requests. */
export function VersionsView() {
  const question = useSignal<Question | undefined>(undefined);
  const done = editsDone.value;
  useEffect(() => {
    void refresh();
  }, [done]);
  const seq = Number(place.value.query.get("seq")) || events.value[0]?.seq;
  const confirm = (asked: Question) => {
    question.value = asked;
  };
  return (
    <div class="versions">
      <EventList shown={seq} show={(chosen) => put("seq", [String(chosen)])} />
      <div class="versions-detail">
        {seq !== undefined && <EventDetail seq={seq} confirm={confirm} />}
      </div>
      <div class="versions-side">
        <Staging confirm={confirm} />
        <Tags />
      </div>
      <Confirm
        question={question.value}
        close={() => {
          question.value = undefined;
        }}
      />
    </div>
  );
}
