/**
 * The course's activities as a tree: order, neighbours and status. Pure.
 *
 * @typedef {import("../types.js").TocEntry} TocEntry
 *
 * @typedef {object} CourseToc
 * @property {TocEntry[]} entries
 * @property {string[]} order ids of the launchable activities, in the order of the tree
 * @property {(id: string) => boolean} launchable
 * @property {(id: string) => string} title
 * @property {(id: string) => string | null} next the launchable activity after this one
 * @property {(id: string) => string | null} previous
 * @property {(id: string) => string} status of an activity, or of a cluster by what is below it
 * @property {(id: string, status: string) => void} setStatus what the content said in this page; nothing older undoes it
 * @property {(id: string) => void} setBegun it has been opened, and has said nothing of its status yet
 * @property {(entries: TocEntry[]) => void} refresh takes over newer statuses from the server
 */

/** What counts as done; `failed` is over too, but nothing to be ticked off. */
const DONE = new Set(["completed", "passed"]);
const UNTOUCHED = new Set(["not attempted", "unknown", ""]);

/**
 * @param {TocEntry[]} entries as the launch says
 * @returns {CourseToc}
 */
export function createCourseToc(entries) {
  /** @type {Map<string, TocEntry>} */
  const byId = new Map();
  /** @type {string[]} */
  const order = [];
  /** @type {Map<string, string>} */
  const statuses = new Map();
  /** @type {Set<string>} */
  const saidHere = new Set();

  /** @param {TocEntry} entry */
  const take = (entry) => {
    byId.set(entry.id, entry);
    statuses.set(entry.id, entry.status);
    if (entry.launchable) order.push(entry.id);
    entry.children.forEach(take);
  };
  entries.forEach(take);

  /** @param {TocEntry} entry @returns {string} */
  const statusOf = (entry) => {
    if (entry.launchable || entry.children.length === 0) return statuses.get(entry.id) ?? "unknown";
    const below = entry.children.map(statusOf);
    if (below.every((status) => DONE.has(status))) return "completed";
    return below.every((status) => UNTOUCHED.has(status)) ? "not attempted" : "incomplete";
  };

  /** @param {TocEntry[]} newer */
  function refresh(newer) {
    for (const { id, status, children } of newer) {
      if (byId.has(id) && !saidHere.has(id)) statuses.set(id, status);
      refresh(children);
    }
  }

  return {
    entries,
    order,
    launchable: (id) => byId.get(id)?.launchable === true,
    title: (id) => byId.get(id)?.title ?? "",
    next(id) {
      const at = order.indexOf(id);
      return at < 0 ? null : (order[at + 1] ?? null);
    },
    previous(id) {
      return order[order.indexOf(id) - 1] ?? null;
    },
    status(id) {
      const entry = byId.get(id);
      return entry === undefined ? "unknown" : statusOf(entry);
    },
    setStatus(id, status) {
      if (!byId.has(id)) return;
      saidHere.add(id);
      statuses.set(id, status);
    },
    setBegun(id) {
      if (byId.has(id) && UNTOUCHED.has(statuses.get(id) ?? "")) statuses.set(id, "incomplete");
    },
    refresh,
  };
}
