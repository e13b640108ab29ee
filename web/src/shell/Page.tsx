import type { ComponentType } from "preact";
import { keyWanted, reachable } from "../api/client";
import { Browse } from "../browse/Browse";
import { Coverage } from "../browse/Coverage";
import { OutboxBar } from "../edit/OutboxBar";
import { Jobs } from "../jobs/Jobs";
import { VersionsView } from "../versions/VersionsView";
import { Why } from "../why/Why";
import { hashOf, place, TABS, type Tab } from "./address";
import { KeyField } from "./KeyField";
import { KeyList, keyListOpen } from "./KeyList";
import { useKeys } from "./keys";
import { NoticeList } from "./NoticeList";
import { nextTheme, theme } from "./theme";

const VIEWS: Record<Tab, ComponentType> = {
  browse: Browse,
  why: Why,
  jobs: Jobs,
  versions: VersionsView,
  coverage: Coverage,
};
const NAMES: Record<Tab, string> = {
  browse: "Browse",
  why: "Why",
  jobs: "Jobs",
  versions: "Versions",
  coverage: "Coverage",
};

/** The whole page: a bar with the tabs, and the view of one tab. */
export function Page() {
  const { tab } = place.value;
  const View = VIEWS[tab];
  useKeys("Everywhere", [
    {
      key: "?",
      does: "show these keys",
      run: () => {
        keyListOpen.value = true;
      },
    },
    ...TABS.map((each, number) => ({
      key: `Alt+${number + 1}`,
      does: `go to ${NAMES[each]}`,
      run: () => {
        location.hash = hashOf(each);
      },
    })),
  ]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <header class="bar">
        <strong class="bar-name">Chironomia</strong>
        <nav aria-label="Views">
          {TABS.map((each) => (
            <a key={each} href={hashOf(each)} aria-current={each === tab ? "page" : undefined}>
              {NAMES[each]}
            </a>
          ))}
        </nav>
        <span class="bar-gap" />
        {!reachable.value && (
          <span class="bar-lost" role="status">
            no connection: edits are kept and sent later
          </span>
        )}
        <OutboxBar />
        <a href="/docs">REST</a>
        <button type="button" class="quiet" onClick={nextTheme}>
          {theme.value === "auto" ? "Auto" : theme.value === "light" ? "Light" : "Dark"}
          <span class="unseen"> colours; press for the next</span>
        </button>
        <button
          type="button"
          class="quiet"
          aria-label="Keys"
          onClick={() => {
            keyListOpen.value = true;
          }}
        >
          ?
        </button>
      </header>
      <main id="main" class={`view view-${tab}`} tabIndex={-1}>
        {keyWanted.value ? <KeyField /> : <View />}
      </main>
      <NoticeList />
      <KeyList />
    </>
  );
}
