/** Which tab this is: a name that outlives a reload, and that a duplicate of the tab does not keep. */

const NAME = "chironomia-tab";
/** How long a page that is being left may take until it lets its name go. */
const LEAVING_MILLISECONDS = 1500;

/** The name of this tab; it stands beside everything that the tab does. */
export function tab(): string {
  return sessionStorage.getItem(NAME) ?? renamed();
}

/** Hold the name for as long as the page is open, and take another where somebody else holds it.
 *
 * A duplicate begins with a copy of what its original keeps, the name too. `doubted` is called while
 * it is not known whether this is one: a page that is loaded again may find its name still held by
 * what it was before. Resolves to whether this is a duplicate.
 */
export async function isDuplicate(doubted: () => void): Promise<boolean> {
  if (await hold(tab(), { ifAvailable: true })) return false;
  doubted();
  if (await hold(tab(), { signal: AbortSignal.timeout(LEAVING_MILLISECONDS) })) return false;
  void hold(renamed(), {});
  return true;
}

function renamed(): string {
  const made = crypto.randomUUID();
  sessionStorage.setItem(NAME, made);
  return made;
}

/** Resolves to whether the name is held from now on. */
function hold(name: string, how: LockOptions): Promise<boolean> {
  return new Promise((told) => {
    const held = (lock: Lock | null) => {
      told(Boolean(lock));
      // never, for one that is held: a page gives its locks back when it goes
      return lock ? new Promise<void>(() => undefined) : undefined;
    };
    navigator.locks.request(`${NAME}:${name}`, how, held).catch(() => told(false));
  });
}
