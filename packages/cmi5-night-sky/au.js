/**
 * The content's side of cmi5, by hand: the launch (section 8), the first and last statement of the session (9.3), and
 * in between what this AU has to tell. One script for both AUs.
 */
import { readProfile, readState, sendStatement, withSlash, writeState } from "./shared/lrs.js";
import { startDeck } from "./shared/slides.js";
import { isoDuration, startStopwatch } from "./shared/time.js";

const ADL = "http://adlnet.gov/expapi/verbs/";
const CMI5 = "https://w3id.org/xapi/cmi5/context/";
const launch = new URLSearchParams(window.location.search);

/**
 * Section 8.2: the fetch address gives the token once, to one POST.
 * @returns {Promise<import("./shared/lrs.js").Lrs | null>} null where this page was not launched by an LMS
 */
async function connect() {
  const fetchAddress = launch.get("fetch");
  if (!fetchAddress) return null;
  const answer = await fetch(fetchAddress, { method: "POST" });
  const { "auth-token": token } = await answer.json();
  if (!token) return null;
  return {
    endpoint: withSlash(launch.get("endpoint") ?? ""),
    auth: `Basic ${token}`,
    actor: JSON.parse(launch.get("actor") ?? "{}"),
    registration: launch.get("registration") ?? "",
    activityId: launch.get("activityId") ?? "",
  };
}

async function start() {
  const lrs = await connect().catch(() => null);
  // Section 10 and 11: both documents are to be read before the first statement. No preferences (404) is allowed.
  const data = (lrs && (await readState(lrs, "LMS.LaunchData"))) ?? {};
  if (lrs) await readProfile(lrs, "cmi5LearnerPreferences");
  // Section 10.2.2: in "Browse" and "Review" there is nothing but initialized and terminated.
  const normal = (data.launchMode ?? "Normal") === "Normal";
  const elapsed = startStopwatch();
  let terminated = false;

  /**
   * A statement that cmi5 defines (section 9): the template's context, the category, and the verb.
   * @param {string} verb
   * @param {{ result?: object, moveOn?: boolean, extensions?: object, last?: boolean }} [more]
   */
  async function say(verb, { result, moveOn = false, extensions = {}, last = false } = {}) {
    if (!lrs) return;
    const template = data.contextTemplate ?? {};
    const category = [...(template.contextActivities?.category ?? []), { id: `${CMI5}categories/cmi5` }];
    if (moveOn) category.push({ id: `${CMI5}categories/moveon` });
    const context = {
      ...template,
      extensions: { ...template.extensions, ...extensions },
      contextActivities: { ...template.contextActivities, category },
    };
    const statement = { verb: { id: ADL + verb, display: { en: verb } }, object: { id: lrs.activityId }, context };
    await sendStatement(lrs, result ? { ...statement, result } : statement, { last });
  }

  async function terminate() {
    if (terminated) return;
    terminated = true;
    await say("terminated", { result: { duration: isoDuration(elapsed()) }, last: true });
  }

  await say("initialized");
  const kept = lrs ? await readState(lrs, "bookmark") : null;
  // Section 9.3: completed and passed at most once in a registration, so the bookmark remembers them.
  let done = kept?.done ?? false;
  const keep = (deck) => lrs && writeState(lrs, "bookmark", { slide: deck.slide(), answers: deck.answers(), done });
  // Statements of one session arrive in order: an exit waits for these, a page that is torn away does not.
  let told = Promise.resolve();
  /** @param {import("./shared/slides.js").Deck} deck */
  async function tellCompletion(deck) {
    await say("completed", { result: { completion: true, duration: isoDuration(elapsed()) }, moveOn: true });
    const mastery = data.masteryScore;
    const scaled = deck.percent() / 100;
    const success = scaled >= (mastery ?? 0.5);
    await say(success ? "passed" : "failed", {
      result: { success, score: { scaled }, duration: isoDuration(elapsed()) },
      moveOn: true,
      extensions: mastery === undefined ? {} : { [`${CMI5}extensions/masteryscore`]: mastery },
    });
    done = true;
    keep(deck);
  }

  startDeck({
    slide: kept?.slide,
    answers: kept?.answers,
    onSlide: keep,
    onAnswer: keep,
    onLast: (deck) => {
      if (normal && !done) told = tellCompletion(deck);
    },
    async onExit() {
      await told;
      await terminate();
      // Section 10.2.6: the way back, in the window that the LMS launched.
      if (data.returnURL) window.location.assign(data.returnURL);
    },
  });
  window.addEventListener("pagehide", terminate);
}

start();
