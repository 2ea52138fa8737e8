/**
 * The page's own address: the launch link in it, the activity that a reload returns to, and where the exit leads.
 *
 * Guarantees: the link leaves the address once it has served (a reload goes by the cookie, and content, which shares
 * the origin, does not find it there); only http and https addresses are gone on to. No session is ever kept here.
 *
 * @typedef {object} PageAddress
 * @property {() => string} link
 * @property {() => string | null} activity the one that was open before a reload
 * @property {() => void} dropLink
 * @property {(activity: string) => void} remember
 * @property {() => boolean} mayOpenWindows whether the browser would let a window open without asking
 * @property {(url: string) => boolean} goOn false where there is nowhere to go
 * @property {() => void} reload
 */

/**
 * @param {Window} page
 * @param {string} link
 * @returns {PageAddress}
 */
export function createPageAddress(page, link) {
  const { history, location } = page;
  return {
    link: () => link,
    activity() {
      const id = history.state?.activity;
      return typeof id === "string" ? id : null;
    },
    dropLink: () => history.replaceState(history.state, "", location.pathname),
    remember: (activity) => history.replaceState({ activity }, "", location.pathname),
    mayOpenWindows: () => page.navigator.userActivation?.isActive === true,
    goOn(url) {
      let target;
      try {
        target = new URL(url, location.href);
      } catch {
        return false;
      }
      if (url === "" || !["http:", "https:"].includes(target.protocol)) return false;
      location.assign(target.href);
      return true;
    },
    reload: () => location.reload(),
  };
}
