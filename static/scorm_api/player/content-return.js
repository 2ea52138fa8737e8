/**
 * Where content goes that leaves by its own "Exit" (cmi5 10.2.6, `returnURL`): the page there tells the player, as content
 * does that closes its window. Pure.
 *
 * The player is found as content finds its API: in a parent window, else in the opener's. Where there is none (content took
 * the whole window, or the player was closed) only the page itself can go, and what it says stays where it may not.
 */

/** The address of a player's page (backend/seattime/web/player.py). */
const PLAYER = /^\/player\/[^/]+\/$/;
/** Windows that are looked at; a page may be framed by itself. */
const MOST = 20;

/** @param {Window} page the page that content has gone to */
export function returnToPlayer(page) {
  const player = among(parents(page)) ?? (page.top?.opener ? among(parents(page.top.opener)) : null);
  // The player takes `close()` for a wish to leave what is open.
  (player ?? page).close();
}

/** @param {Window} from @returns {Window[]} itself and what it is in, from the inside out */
function parents(from) {
  const found = [from];
  for (let place = from; place.parent !== place && found.length < MOST; place = place.parent) found.push(place.parent);
  return found;
}

/** @param {Window[]} windows */
function among(windows) {
  return windows.find(isPlayer) ?? null;
}

/** @param {Window} place */
function isPlayer(place) {
  try {
    return PLAYER.test(place.location.pathname);
  } catch {
    // A page of another origin, in which the player is embedded or which opened it.
    return false;
  }
}
