/*
 * What has been changed here and may not have arrived at the server yet, kept in the browser's own
 * database so that a reload, a crash or a dead battery loses nothing. One record for each flow,
 * person and tab (claim.ts); it goes when the server has everything.
 */
export interface Journal {
  readonly key: string;
  readonly revision: string /* of the server's draft that `base` is */;
  readonly base: string /* JSON of the draft as the server had it */;
  readonly draft: string;
  readonly at: number;
  readonly history: readonly JournalEntry[];
}

export interface JournalEntry {
  readonly name: string;
  readonly label: string /* JSON of the label */;
  readonly at: number;
  readonly back: string /* JSON Patch from the state after it to the one before it */;
}

export interface JournalStore {
  read(key: string): Promise<Journal | undefined>;
  write(journal: Journal): Promise<void>;
  remove(key: string): Promise<void>;
  keys(): Promise<string[]>;
}

const DATABASE = "weft-drafts";
const TABLE = "drafts";

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function act<T>(
  mode: IDBTransactionMode,
  ask: (table: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode);
      const request = ask(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const browserJournal: JournalStore = {
  read: (key) => act("readonly", (table) => table.get(key) as IDBRequest<Journal | undefined>),
  write: async (journal) => {
    await act("readwrite", (table) => table.put(journal));
  },
  remove: async (key) => {
    await act("readwrite", (table) => table.delete(key));
  },
  keys: async () => (await act("readonly", (table) => table.getAllKeys())).map(String),
};
