/**
 * Pages that show time bring themselves up to date when one comes back to them (on-return.js).
 *
 * The page's own address is fetched again, and the elements marked `data-live="name"` are made like those of the answer.
 * Nothing else changes: no reload, no scrolling, no lost input. Where the answer is no page (signed out, server away),
 * everything stays as it is.
 */

import { onReturn } from "./on-return.js";
import { patchTree } from "./patch-tree.js";

const TOKEN = /name="csrf_token" value="[^"]*"/g; // signed anew for each answer

/**
 * Call it before anything else changes the page: what the server sent is what the next answer is compared with.
 *
 * @param {Document} page
 * @param {(region: Element) => void} dress what is done to a region that changed, as is done to the page once it is loaded
 */
export function keepLive(page, dress) {
  const regions = regionsOf(page);
  if (regions.size === 0) return;
  const known = new Map([...regions].map(([name, region]) => [name, sent(region)]));
  let looking = false;
  let askedAgain = false;

  const look = async () => {
    askedAgain = looking;
    if (looking) return;
    looking = true;
    const answer = await fetchPage();
    for (const [name, next] of answer ? regionsOf(answer) : []) {
      const region = regions.get(name);
      const text = sent(next);
      if (!region || known.get(name) === text) continue;
      known.set(name, text);
      patchTree(region, next);
      dress(region);
    }
    looking = false;
    if (askedAgain) await look();
  };
  onReturn(() => void look());
}

/** @returns {Promise<Document | null>} */
async function fetchPage() {
  try {
    const response = await fetch(location.href, { cache: "no-store" });
    if (!response.ok || response.redirected) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null; // the server is away; the next return asks again
  }
}

/** @param {Document} page @returns {Map<string, Element>} */
function regionsOf(page) {
  return new Map([...page.querySelectorAll("[data-live]")].map((region) => [region.getAttribute("data-live") ?? "", region]));
}

/** @param {Element} region */
function sent(region) {
  return region.innerHTML.replace(TOKEN, "");
}
