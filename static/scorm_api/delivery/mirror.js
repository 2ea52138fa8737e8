/**
 * The journal's mirror in IndexedDB. Browsers keep localStorage in memory for about 5 s, so a SIGKILL loses its last writes; a strict
 * IndexedDB transaction survives. Guarantees: one small transaction in flight, ended by an explicit `commit()` (without it a dying page
 * takes the transaction with it), over a connection that stays open; while one is in flight only the newest copy of each entry waits.
 * It is a second copy: what fails here is tried again with the next entry, and nobody waits for it.
 */

const DATABASE = "seattime-journal";
const STORE = "entries";

/** @typedef {ReturnType<typeof createMirror>} Mirror */

/** @param {IDBFactory | null} factory null where IndexedDB is blocked */
export function createMirror(factory) {
  /** @type {Promise<IDBDatabase> | null} */
  let connection = null;
  /** Entries to write; null: to delete. @type {Map<string, string | null>} */
  const waiting = new Map();
  let writing = false;

  /** @returns {Promise<IDBDatabase>} */
  function open() {
    connection ??= new Promise((resolve, reject) => {
      if (factory === null) throw new Error("IndexedDB is blocked");
      const request = factory.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        database.onclose = () => (connection = null);
        resolve(database);
      };
    });
    return connection;
  }

  /** @param {IDBDatabase} database @param {string} key @param {string | null} json @returns {Promise<void>} */
  function writeOne(database, key, json) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
      const store = transaction.objectStore(STORE);
      if (json === null) store.delete(key);
      else store.put(json, key);
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      transaction.commit();
    });
  }

  /** @returns {[string, string | null] | null} time entries first: they are small, and what the promise is about */
  function takeNext() {
    const key = [...waiting.keys()].find((one) => one.endsWith(":t")) ?? waiting.keys().next().value;
    if (key === undefined) return null;
    const json = waiting.get(key) ?? null;
    waiting.delete(key);
    return [key, json];
  }

  async function write() {
    if (writing) return;
    writing = true;
    let next = takeNext();
    while (next !== null) {
      const [key, json] = next;
      try {
        await writeOne(await open(), key, json);
        next = takeNext();
      } catch {
        connection = null;
        if (!waiting.has(key)) waiting.set(key, json);
        next = null; // with the next entry it is tried again
      }
    }
    writing = false;
  }

  return {
    /** @param {string} key @param {string} json */
    put(key, json) {
      // What builds on another entry is put after it: so it has to come after it here, too.
      waiting.delete(key);
      waiting.set(key, json);
      return write();
    },

    /** @param {string[]} keys */
    forget(keys) {
      for (const key of keys) waiting.set(key, null);
      return write();
    },

    /** @returns {Promise<[string, string][]>} everything; empty where it cannot be read */
    async read() {
      try {
        const store = (await open()).transaction(STORE, "readonly").objectStore(STORE);
        const [keys, values] = await Promise.all([result(store.getAllKeys()), result(store.getAll())]);
        return keys.map((key, index) => /** @type {[string, string]} */ ([String(key), String(values[index])]));
      } catch {
        return [];
      }
    },
  };
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
