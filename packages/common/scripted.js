/**
 * The scripted SCO: initializes, stays silent, and then does exactly what it is told, so that a test can make content
 * behave in any way. It adds no call of its own, not even at the end.
 *
 * A script is a list of steps, run one after the other:
 * - `["GetValue", element]`, `["SetValue", element, value]`, `["Commit"]`, `["Terminate"]`, `["Initialize"]`,
 *   `["GetLastError"]`, `["GetErrorString", code]`, `["GetDiagnostic", code]`: the call, whichever the version
 *   (SCORM 1.2's names and its Finish are found by themselves);
 * - `["at", ms]`: wait until this long after Initialize, by the monotonic clock; `["wait", ms]`: wait this long;
 * - `["on", "pagehide" | "beforeunload" | "unload", script]`: run this script, which must not wait, at that event.
 *
 * `{passed}` in a value stands for the seconds since the page's load event, at the moment of the call: `05.23`.
 * What was set last is in `window.said`, by element.
 *
 * Told by `await window.run(script)`, which answers with what each call answered (a wait answers null), or by
 * `postMessage({ run: script })` from a window of the same origin, answered by `{ ran: answers }`.
 *
 * @typedef {[string, ...unknown[]]} Step
 */

const CALLS = new Set([
  "Initialize", "Terminate", "GetValue", "SetValue", "Commit", "GetLastError", "GetErrorString", "GetDiagnostic",
]);

/**
 * @param {Record<string, (...values: unknown[]) => unknown>} api
 * @param {(name: string) => string} nameOf a call's name in this version of the API
 */
export function startScripted(api, nameOf) {
  const list = document.querySelector("#calls");
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(ms, 0)));

  const passed = () => {
    const loaded = performance.getEntriesByType("navigation")[0].loadEventStart;
    return ((performance.now() - loaded) / 1000).toFixed(2).padStart(5, "0");
  };

  /** @param {Step} step */
  function call([name, ...told]) {
    if (!CALLS.has(name)) throw new Error(`The script has an unknown step: ${name}`);
    const values = told.map((value) => (typeof value === "string" ? value.replace("{passed}", passed) : value));
    if (name === "SetValue") window.said[values[0]] = values[1];
    // Initialize, Terminate and Commit take one empty string in both versions.
    const takesNothing = values.length === 0 && name !== "GetLastError";
    const answer = api[nameOf(name)](...(takesNothing ? [""] : values));
    const line = document.createElement("li");
    line.textContent = `${name} ${values.join(" = ")} → ${answer}`;
    list?.append(line);
    return answer;
  }

  window.said = {};
  call(["Initialize"]);
  const started = performance.now();

  /** @param {Step[]} script */
  async function run(script) {
    const answers = [];
    for (const step of script) {
      const [name, first, second] = step;
      if (name === "wait") await sleep(first);
      else if (name === "at") await sleep(started + first - performance.now());
      else if (name === "on") window.addEventListener(first, () => second.forEach(call), { once: true });
      else {
        answers.push(call(step));
        continue;
      }
      answers.push(null);
    }
    return answers;
  }

  window.run = run;
  window.addEventListener("message", async (event) => {
    if (event.origin !== window.location.origin || !Array.isArray(event.data?.run)) return;
    const ran = await run(event.data.run);
    event.source?.postMessage({ ran }, { targetOrigin: event.origin });
  });
  document.body.dataset.slide = "1";
}
