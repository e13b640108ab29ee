/** Views that a curator named: a name and an address, kept in this browser. */

export interface SavedView {
  name: string;
  query: string;
}

const KEPT = "chironomia-views";

/** The views, by name. */
export function savedViews(store: Storage): SavedView[] {
  try {
    const stored: unknown = JSON.parse(store.getItem(KEPT) ?? "[]");
    return Array.isArray(stored) ? stored.filter(isView) : [];
  } catch {
    return [];
  }
}

/** Keep a view; one of the same name is replaced. */
export function saveView(store: Storage, view: SavedView): SavedView[] {
  const others = savedViews(store).filter((each) => each.name !== view.name);
  return keep(
    store,
    [...others, view].sort((one, two) => one.name.localeCompare(two.name)),
  );
}

/** Forget a view. */
export function forgetView(store: Storage, name: string): SavedView[] {
  return keep(
    store,
    savedViews(store).filter((each) => each.name !== name),
  );
}

function keep(store: Storage, views: SavedView[]): SavedView[] {
  store.setItem(KEPT, JSON.stringify(views));
  return views;
}

function isView(value: unknown): value is SavedView {
  const view = value as Partial<SavedView> | null;
  return typeof view?.name === "string" && typeof view.query === "string";
}
