/**
 * Some xAPI packages carry their publisher's own record store, address and password, and speak to that whatever they were launched with.
 * The launch's parameters win: requests of the content to a record store elsewhere go to the launch's endpoint, with its credential.
 *
 * Guarantees: only requests to another origin whose address ends in a resource of xAPI (1.0.3 Communication 2) are touched; what was
 * asked, and with which body, stays. Content that follows its launch is not touched at all. Imports nothing of the other sides.
 *
 * @typedef {import("../types.js").ActivityStart} ActivityStart
 *
 * @typedef {object} Place where what content sends is to go
 * @property {string} endpoint ends in a slash
 * @property {string} auth the whole Authorization header
 */
import { reachableWindows } from "./activity-watch.js";

const RESOURCES = ["statements", "activities/state", "activities/profile", "agents/profile"];
/** So general that their address has to speak of xAPI as well. */
const GENERAL_RESOURCES = ["activities", "agents", "about"];

/** Content asks for its first statements within a second; it must be met before. */
const SOON_MS = 5;
const SOON_FOR_MS = 10_000;
const LATER_MS = 500;

/**
 * Where the launch of this activity says that statements go; null where it names no store (SCORM, HTML5), or keeps its credential (cmi5).
 * @param {ActivityStart} start
 * @returns {Place | null}
 */
export function placeOf(start) {
  const parameters = new URL(start.src, "https://play.invalid").searchParams;
  const endpoint = parameters.get("endpoint");
  const auth = parameters.get("auth");
  if (start.start === undefined || endpoint === null || auth === null) return null;
  return { endpoint: endpoint.endsWith("/") ? endpoint : `${endpoint}/`, auth };
}

/**
 * The address at our endpoint for one of a record store elsewhere; null for every other one.
 * @param {string} address
 * @param {string} base the address of the document that asks
 * @param {Place} place
 * @returns {string | null}
 */
export function divertedAddress(address, base, place) {
  let url;
  try {
    url = new URL(address, base);
  } catch {
    return null;
  }
  if (!/^https?:$/.test(url.protocol) || url.origin === new URL(base).origin || url.href.startsWith(place.endpoint)) return null;
  const path = url.pathname.replace(/\/+$/, "");
  const known = /xapi|tcapi|tincan/i.test(url.href) ? [...RESOURCES, ...GENERAL_RESOURCES] : RESOURCES;
  const resource = known.find((each) => path.endsWith(`/${each}`));
  return resource === undefined ? null : place.endpoint + resource + url.search;
}

/**
 * Has the requests of one window go where its launch says.
 * @param {Window & typeof globalThis} content
 * @param {Place} place
 */
export function divert(content, place) {
  const { prototype } = content.XMLHttpRequest;
  const { open, setRequestHeader } = prototype;
  /** @type {WeakSet<XMLHttpRequest>} */
  const diverted = new WeakSet();
  const where = (/** @type {string | URL} */ address) => divertedAddress(String(address), content.document.baseURI, place);

  /** @type {(this: XMLHttpRequest, ...said: any[]) => void} */
  prototype.open = function (method, address, ...rest) {
    const instead = where(address);
    diverted.delete(this);
    // A user name and a password that stand behind are the other store's.
    open.apply(this, /** @type {any} */ (instead === null ? [method, address, ...rest] : [method, instead, ...rest.slice(0, 1)]));
    if (instead === null) return;
    diverted.add(this);
    setRequestHeader.call(this, "Authorization", place.auth);
  };
  prototype.setRequestHeader = function (name, value) {
    if (diverted.has(this) && name.toLowerCase() === "authorization") return;
    setRequestHeader.call(this, name, value);
  };

  const { fetch } = content;
  content.fetch = function (asked, init) {
    const address = asked instanceof content.Request ? asked.url : asked;
    const instead = where(address);
    if (instead === null) return fetch.call(content, asked, init);
    const headers = new content.Headers(init?.headers ?? (asked instanceof content.Request ? asked.headers : {}));
    headers.set("Authorization", place.auth);
    const request = asked instanceof content.Request ? new content.Request(instead, asked) : instead;
    return fetch.call(content, request, { ...init, headers });
  };
}

/**
 * Meets every document of the content before it speaks.
 * @param {Window} page the player's window, whose timers are used
 * @param {() => Window | null} content
 * @param {Place} place
 * @returns {() => void} ends it
 */
export function keepToLaunch(page, content, place) {
  /** @type {WeakSet<object>} */
  const met = new WeakSet();
  const began = page.performance.now();
  let timer = 0;

  function look() {
    const root = content();
    for (const each of root === null ? [] : reachableWindows(root)) {
      const window = /** @type {Window & typeof globalThis} */ (each);
      if (met.has(window.XMLHttpRequest.prototype)) continue;
      met.add(window.XMLHttpRequest.prototype);
      divert(window, place);
    }
    timer = page.setTimeout(look, page.performance.now() - began < SOON_FOR_MS ? SOON_MS : LATER_MS);
  }

  look();
  return () => page.clearTimeout(timer);
}
