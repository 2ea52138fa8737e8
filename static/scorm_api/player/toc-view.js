/**
 * Shows the table of contents: a column beside the content, a drawer over it on a phone.
 * Guarantees: built of text nodes only (titles come from packages); works by keyboard; the drawer closes by Escape,
 * by a tap beside it and after a choice, and gives the focus back. Imports only types.
 *
 * @typedef {import("./course-toc.js").CourseToc} CourseToc
 * @typedef {import("../types.js").TocEntry} TocEntry
 *
 * @typedef {object} TocView
 * @property {(current: string | null) => void} show marks and the current activity anew
 */

/** What a mark means, for those who do not see it; also names its looks. */
const MARKS = new Map([
  ["completed", "completed"],
  ["passed", "passed"],
  ["failed", "not passed"],
  ["incomplete", "begun"],
]);

/**
 * @param {Document} document
 * @param {CourseToc} toc
 * @param {object} parts
 * @param {HTMLElement} parts.panel the `nav`
 * @param {HTMLElement} parts.list where the tree goes
 * @param {HTMLButtonElement} parts.toggle
 * @param {HTMLElement} parts.scrim what lies beside the drawer
 * @param {HTMLElement} parts.behind what the drawer covers
 * @param {MediaQueryList} narrow whether it is a drawer
 * @param {(id: string) => void} choose
 * @returns {TocView}
 */
export function createTocView(document, toc, parts, narrow, choose) {
  const { panel, list, toggle, scrim, behind } = parts;
  /** @type {Map<string, HTMLElement>} */
  const rows = new Map();

  /** @param {TocEntry[]} entries */
  function branch(entries) {
    const items = document.createElement("ol");
    for (const entry of entries) {
      const item = document.createElement("li");
      const row = document.createElement(entry.launchable ? "button" : "span");
      const mark = document.createElement("span");
      const title = document.createElement("span");
      const meaning = document.createElement("span");
      row.className = "toc-row";
      mark.className = "mark";
      mark.setAttribute("aria-hidden", "true");
      title.className = "toc-title";
      title.textContent = entry.title;
      meaning.className = "visually-hidden";
      row.append(mark, title, meaning);
      if (row instanceof HTMLButtonElement) {
        row.type = "button";
        row.addEventListener("click", () => {
          if (narrow.matches) close();
          choose(entry.id);
        });
      }
      rows.set(entry.id, row);
      item.append(row);
      if (entry.children.length > 0) item.append(branch(entry.children));
      items.append(item);
    }
    return items;
  }

  /** @param {boolean} shown */
  function set(shown) {
    panel.hidden = !shown;
    toggle.setAttribute("aria-expanded", String(shown));
    const covers = shown && narrow.matches;
    scrim.hidden = !covers;
    behind.inert = covers;
  }

  function open() {
    set(true);
    if (!narrow.matches) return;
    const target = panel.querySelector("[aria-current]") ?? panel.querySelector("button");
    if (target instanceof HTMLElement) target.focus();
  }

  function close() {
    const hadFocus = panel.contains(document.activeElement);
    set(false);
    if (hadFocus) toggle.focus();
  }

  list.replaceChildren(branch(toc.entries));
  toggle.hidden = false;
  toggle.addEventListener("click", () => (panel.hidden ? open() : close()));
  scrim.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && narrow.matches && !panel.hidden) close();
  });
  // Turning the phone: a column is there from the start, a drawer is not.
  narrow.addEventListener("change", () => set(!narrow.matches));
  set(!narrow.matches);

  return {
    show(current) {
      for (const [id, row] of rows) {
        const status = toc.status(id);
        row.dataset["status"] = MARKS.has(status) ? status : "untouched";
        const meaning = row.lastElementChild;
        if (meaning !== null) meaning.textContent = MARKS.has(status) ? `, ${MARKS.get(status)}` : "";
        if (id === current) row.setAttribute("aria-current", "true");
        else row.removeAttribute("aria-current");
      }
    },
  };
}
