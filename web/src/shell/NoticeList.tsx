import { close, notices } from "./notices";

/** What was done and what failed, announced to screen readers as well. */
export function NoticeList() {
  return (
    <div class="notices" role="status" aria-live="polite">
      {notices.value.map((notice) => (
        <div key={notice.id} class={`notice notice-${notice.kind}`}>
          <p>
            {notice.text}
            {notice.remedy && <span class="notice-remedy"> {notice.remedy}</span>}
          </p>
          {notice.action && (
            <button
              type="button"
              onClick={() => {
                notice.action?.run();
                close(notice.id);
              }}
            >
              {notice.action.name}
            </button>
          )}
          <button
            type="button"
            class="quiet"
            aria-label="Close this message"
            onClick={() => close(notice.id)}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
