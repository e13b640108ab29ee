import type { Version } from "../api/types";
import { whenText } from "../edit/History";
import { useKeys } from "../shell/keys";
import { tellProblem } from "../shell/notices";
import { changesOnly, events, loadEvents, loadingEvents, nextCursor } from "./state";

interface EventListProps {
  shown: number | undefined;
  show: (seq: number) => void;
}

/** Every event, newest first, a page at a time. */
export function EventList({ shown, show }: EventListProps) {
  const step = (by: number) => {
    const at = events.value.findIndex((each) => each.seq === shown);
    const next = events.value[at + by];
    if (!next) return;
    show(next.seq);
    document.getElementById(`event-${next.seq}`)?.scrollIntoView({ block: "nearest" });
  };
  useKeys("Versions", [
    { key: "j", does: "older event", run: () => step(1) },
    { key: "k", does: "newer event", run: () => step(-1) },
    { key: "ArrowDown", does: "older event", run: () => step(1) },
    { key: "ArrowUp", does: "newer event", run: () => step(-1) },
  ]);
  return (
    <section class="events" aria-label="Events">
      <header class="events-head">
        <h2>Events</h2>
        <label class="check">
          <input
            type="checkbox"
            checked={changesOnly.value}
            onChange={() => {
              changesOnly.value = !changesOnly.value;
              loadEvents(false).catch(tellProblem);
            }}
          />
          changes only
        </label>
      </header>
      <div class="events-list">
        <ol>
          {events.value.map((event) => (
            <li key={event.seq} id={`event-${event.seq}`}>
              <Event event={event} shown={event.seq === shown} show={show} />
            </li>
          ))}
        </ol>
        {nextCursor.value && (
          <button
            type="button"
            class="events-more"
            disabled={loadingEvents.value}
            onClick={() => void loadEvents(true).catch(tellProblem)}
          >
            {loadingEvents.value ? "Asking…" : "Older events"}
          </button>
        )}
      </div>
    </section>
  );
}

function Event(props: { event: Version; shown: boolean; show: (seq: number) => void }) {
  const { event } = props;
  return (
    <button
      type="button"
      class="event"
      aria-current={props.shown ? "true" : undefined}
      onClick={() => props.show(event.seq)}
    >
      <span class="event-seq">{event.seq}</span>
      <span class="event-what">
        <strong>{event.operation}</strong> {event.subject}
        {event.reason && <em class="soft"> {event.reason}</em>}
      </span>
      <span class="event-who soft small">
        {event.actor} · {whenText(event.at)}
        {event.changed > 0 && ` · ${event.changed.toLocaleString("en")} changed`}
      </span>
      {event.tags.length > 0 && (
        <span class="event-tags">
          {event.tags.map((tag) => (
            <span key={tag} class={`tag tag-${tag === "live" ? "live" : "other"}`}>
              {tag}
            </span>
          ))}
        </span>
      )}
    </button>
  );
}
