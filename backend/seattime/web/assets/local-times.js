/**
 * Shows moments in the reader's own time zone and manner; the server writes them in UTC, which stays in the title.
 *
 * @param {ParentNode} root
 */
export function showLocalTimes(root) {
  /** @type {Record<string, Intl.DateTimeFormatOptions>} */
  const forms = {
    day: { day: "numeric", month: "short", year: "numeric" },
    clock: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
    instant: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" },
    both: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" },
  };
  for (const element of root.querySelectorAll("time[datetime]")) {
    const datetime = element.getAttribute("datetime") ?? "";
    const when = new Date(datetime);
    if (Number.isNaN(when.getTime()) || element.getAttribute("data-shown") === datetime) continue;
    const only = element.getAttribute("data-only") ?? "both";
    element.textContent = new Intl.DateTimeFormat("en-GB", forms[only] ?? {}).format(when);
    element.setAttribute("data-shown", datetime);
  }
}
