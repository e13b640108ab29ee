/** Files that wait to be sent: kept in the browser's database, as they are too large for its store of texts. */

const DATABASE = "chironomia-files";
const STORE = "files";
const DAY_MILLISECONDS = 24 * 60 * 60 * 1000;

/** A kept file, and what is sent beside it. */
export interface KeptForm {
  /** Under which the file is kept. */
  file: string;
  name: string;
  fields: Readonly<Record<string, string>>;
}

/** Keep a file; its name begins with when. Throws where the browser keeps nothing. */
export async function keepFile(file: Blob): Promise<string> {
  const kept = `${Date.now()} ${crypto.randomUUID()}`;
  await inStore("readwrite", (files) => files.put(file, kept));
  return kept;
}

export async function forgetFile(kept: string): Promise<void> {
  await inStore("readwrite", (files) => files.delete(kept));
}

/** Forget what no write names any more; another tab may not yet have named what is young. */
export async function forgetOthers(named: readonly string[]): Promise<void> {
  const kept = (await inStore("readonly", (files) => files.getAllKeys())) as string[];
  await Promise.all(outdated(kept, named, Date.now()).map(forgetFile));
}

/** Those of the kept files that nothing will ever ask for. */
export function outdated(kept: readonly string[], named: readonly string[], now: number): string[] {
  return kept.filter(
    (each) => !named.includes(each) && now - Number.parseInt(each, 10) > DAY_MILLISECONDS,
  );
}

/** The form with its file, as it is sent; throws where the file is gone. */
export async function formOf(form: KeptForm, read = keptFile): Promise<FormData> {
  const content = await read(form.file);
  if (!content) {
    throw new Error(`This browser no longer keeps ${form.name}: choose the file again.`);
  }
  const body = new FormData();
  body.set("file", content, form.name);
  for (const [name, value] of Object.entries(form.fields)) body.set(name, value);
  return body;
}

async function keptFile(kept: string): Promise<Blob | undefined> {
  return (await inStore("readonly", (files) => files.get(kept))) as Blob | undefined;
}

async function inStore(
  mode: IDBTransactionMode,
  does: (files: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const database = (await answered(opening)) as IDBDatabase;
  try {
    const turn = database.transaction(STORE, mode);
    const ended = new Promise<void>((resolve, reject) => {
      turn.oncomplete = () => resolve();
      turn.onabort = () => reject(turn.error);
    });
    const found = await answered(does(turn.objectStore(STORE)));
    await ended;
    return found;
  } finally {
    database.close();
  }
}

function answered(request: IDBRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
