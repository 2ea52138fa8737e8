/**
 * Some xAPI packages carry their publisher's own record store, address and password, and speak to that whatever they were launched with.
 * The launch's parameters win: requests of the content to a record store elsewhere go to the launch's endpoint, with its credential.
 *
 * Guarantees: only requests to another origin whose address ends in a resource of xAPI (1.0.3 Communication 2) are touched; what was
 * asked, and with which body, stays. Of content that follows its launch only beacons are, which cannot say a credential.
 * Not met: requests of workers. Imports nothing of the other sides.
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
 * The address for a beacon, which carries no header: the credential stands in the address, where our own store looks for it first.
 * @param {string} address
 * @param {Place} place
 * @returns {string}
 */
const withCredential = (address, place) => `${address}${address.includes("?") ? "&" : "?"}Authorization=${encodeURIComponent(place.auth)}`;

/**
 * Has the requests of one window go where its launch says.
 * @param {Window & typeof globalThis} content
 * @param {Place} place
 */
export function divert(content, place) {
  const where = (/** @type {string | URL} */ address) => divertedAddress(String(address), content.document.baseURI, place);
  divertXhr(content, place, where);
  divertFetch(content, place, where);
  divertBeacons(content, place, where);
}

/** @typedef {(address: string | URL) => string | null} Where */

/** @param {Window & typeof globalThis} content @param {Place} place @param {Where} where */
function divertXhr(content, place, where) {
  const { prototype } = content.XMLHttpRequest;
  const { open, setRequestHeader } = prototype;
  /** @type {WeakSet<XMLHttpRequest>} */
  const diverted = new WeakSet();

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
}

/** @param {Window & typeof globalThis} content @param {Place} place @param {Where} where */
function divertFetch(content, place, where) {
  const { fetch, Request, Headers } = content;
  /** Such as are diverted already; content may still change their headers. @type {WeakSet<object>} */
  const diverted = new WeakSet();

  /** `no-cors` would allow no Authorization, and needs none here. @param {RequestInit | undefined} init @param {HeadersInit} [known] */
  function asOurs(init, known = {}) {
    const headers = new Headers(init?.headers ?? known);
    headers.set("Authorization", place.auth);
    return { ...init, ...(init?.mode === undefined ? {} : { mode: /** @type {const} */ ("cors") }), headers };
  }

  // The body of a finished request can only be read later, which is too late while the page goes away: it is made for us at once.
  content.Request = new Proxy(Request, {
    construct(target, [asked, init], made) {
      const instead = !isRequest(asked) ? where(asked) : diverted.has(asked) ? asked : null;
      if (instead === null) return Reflect.construct(target, init === undefined ? [asked] : [asked, init], made);
      const request = Reflect.construct(target, [instead, asOurs(init, isRequest(instead) ? instead.headers : {})], made);
      diverted.add(request);
      return request;
    },
  });

  content.fetch = function (asked, init) {
    if (!isRequest(asked)) {
      const instead = where(asked);
      return instead === null ? fetch.call(content, asked, init) : fetch.call(content, instead, asOurs(init));
    }
    if (diverted.has(asked)) return fetch.call(content, asked, asOurs(init, asked.headers));
    const instead = where(asked.url);
    if (instead === null) return fetch.call(content, asked, init);
    // One that was made before this window was met.
    const { method, keepalive, cache, credentials, redirect, signal } = asked;
    const same = { method, keepalive, cache, credentials, redirect, signal, ...asOurs(init, asked.headers) };
    if (method === "GET" || method === "HEAD") return fetch.call(content, instead, same);
    return asked.blob().then((body) => fetch.call(content, instead, { body, ...same }));
  };
}

/** Of whichever window. @param {any} asked @returns {asked is Request} */
const isRequest = (asked) => typeof asked === "object" && asked !== null && "url" in asked;

/** @param {Window & typeof globalThis} content @param {Place} place @param {Where} where */
function divertBeacons(content, place, where) {
  const { prototype } = content.Navigator;
  const { sendBeacon } = prototype;
  // Some browsers can be told to have none, and content asks whether they have.
  if (typeof sendBeacon !== "function") return;
  prototype.sendBeacon = function (address, data) {
    // Where it goes to the launch's own store it cannot say its credential either.
    const url = where(address) ?? ownAddress(address, content.document.baseURI, place);
    return sendBeacon.call(this, url === null ? address : withCredential(url, place), data);
  };
}

/**
 * The address where it is one at the launch's endpoint.
 * @param {string | URL} address
 * @param {string} base
 * @param {Place} place
 * @returns {string | null}
 */
function ownAddress(address, base, place) {
  try {
    const { href } = new URL(address, base);
    return href.startsWith(place.endpoint) ? href : null;
  } catch {
    return null;
  }
}

/**
 * Meets every document of the content before it speaks: the server puts a script in front of the pages of packages that are launched
 * so (backend/seattime/web/content_pages.py), which tells of its window. What has no such script (`about:blank`, pages that a script
 * made) is looked for.
 * @param {Window & { seattimeMeets?: (met: Window) => void }} page the player's window, whose timers are used
 * @param {() => Window | null} content
 * @param {Place} place
 * @returns {() => void} ends it
 */
export function keepToLaunch(page, content, place) {
  /** @type {WeakSet<object>} */
  const known = new WeakSet();
  const began = page.performance.now();
  let timer = 0;

  /** @param {Window} each */
  function meet(each) {
    const window = /** @type {Window & typeof globalThis} */ (each);
    if (known.has(window.XMLHttpRequest.prototype)) return;
    known.add(window.XMLHttpRequest.prototype);
    divert(window, place);
  }

  function look() {
    const root = content();
    for (const each of root === null ? [] : reachableWindows(root)) meet(each);
    timer = page.setTimeout(look, page.performance.now() - began < SOON_FOR_MS ? SOON_MS : LATER_MS);
  }

  page.seattimeMeets = meet;
  look();
  return () => {
    page.clearTimeout(timer);
    delete page.seattimeMeets;
  };
}
