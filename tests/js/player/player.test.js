import assert from "node:assert/strict";
import { test } from "node:test";

import { LaunchError } from "../../../static/scorm_api/player/launch-client.js";
import { createPlayer } from "../../../static/scorm_api/player/player.js";
import { activity, createFakeAdapter, entry, fakeRecorder, fakeTimers, launchOf, settle } from "./support.js";

/**
 * A player whose parts write down what they are asked, in order.
 * @param {any} [launch] @param {any} [options]
 */
function open(launch = launchOf(), options = {}) {
  const log = [];
  const recorderLog = [];
  const timers = fakeTimers();
  const page = { ...timers };
  let events = null;
  let contentOpen = false;
  let lastWords = () => {};
  let status = () => {};
  let lease = () => {};
  let refused = () => {};
  let shownNow = () => {};
  let choose = () => {};
  let actions = {};
  let bar = null;
  let leaving = false;
  const state = { launchError: null, newest: null, waiting: [], asked: () => {}, mayOpenWindows: false, mayOpen: true, ...options };
  const stage = {
    open(start, told) {
      if (!state.mayOpen) return false;
      log.push(`open ${start.id}`);
      events = told;
      contentOpen = true;
      return true;
    },
    async leave() {
      log.push("leave");
      lastWords();
    },
    clear() {
      log.push("clear");
      contentOpen = false;
    },
    content: () => (contentOpen ? {} : null),
    focus: () => log.push("focus"),
  };
  const player = createPlayer({
    page,
    timekeeper: {
      async deliverPending(ms) {
        log.push(`deliver within ${ms}`);
        return { delivered: 0, left: 0 };
      },
      launched: () => log.push("launched"),
      waiting: () => state.waiting,
      record: (start) => ({ recorder: fakeRecorder(recorderLog), data: start.data }),
      onStatus(listener) {
        status = listener;
        listener("saved");
      },
      onLease: (listener) => (lease = listener),
      onRefused: (listener) => (refused = listener),
    },
    createAdapter: createFakeAdapter,
    client: {
      async launch(link, id) {
        log.push(`launch ${link} ${id}`);
        if (state.launchError) throw state.launchError;
        return launch;
      },
      async newest(token, id) {
        log.push(`newest ${token} ${id}`);
        state.asked();
        return state.newest;
      },
    },
    lifecycle: { whenShown: () => new Promise((resolve) => (shownNow = resolve)), leaving: () => leaving },
    activityWatch: { look() {} },
    stageFor: (where) => {
      log.push(`stage ${where}`);
      return stage;
    },
    address: {
      link: () => "link-1",
      activity: () => null,
      dropLink: () => log.push("drop link"),
      remember() {},
      mayOpenWindows: () => state.mayOpenWindows,
      goOn: (url) => url !== "" && log.push(`go on ${url}`) > 0,
      reload: () => log.push("reload"),
    },
    panels: {
      show(name, acts = {}) {
        actions = acts;
        log.push(`panel ${name}`);
      },
      hide: () => log.push("no panel"),
    },
    header: { launched() {}, activity() {}, exit() {} },
    showToc(_toc, told) {
      choose = told;
      return { show() {} };
    },
    showBar: (name, act) => (bar = name === null ? null : { name, act }),
    visitSiblings: async (addresses) => void log.push(`siblings ${addresses.length}`),
  });
  return {
    player, page, log, recorderLog, timers, state,
    /** @param {string} name */
    act: (name) => actions[name](),
    actions: () => Object.keys(actions),
    events: () => events,
    choose: (id) => choose(id),
    say: (now) => status(now),
    lease: (mine) => lease({ mine, silentMs: 0 }),
    refuse: (reason) => refused(reason),
    bar: () => bar,
    lastWords: (act) => void (lastWords = act),
    dismiss: () => void (leaving = true),
    async shown() {
      shownNow();
      await settle();
    },
    async started() {
      void player.start();
      await settle();
      shownNow();
      await settle();
      log.length = 0;
    },
  };
}

test("nothing is asked of anyone before the page is seen", async () => {
  const { player, log } = open();
  void player.start();
  await settle();
  assert.deepEqual(log, ["panel loading"]);
});

test("what is pending is delivered before the launch, and the link is gone before content starts", async () => {
  const { player, log, shown } = open();
  void player.start();
  await shown();
  assert.deepEqual(log, [
    "panel loading", "deliver within 5000", "launch link-1 null", "launched", "drop link", "stage frame", "open a1", "no panel", "siblings 0",
  ]);
});

test("the adapter is in place before the content is opened", async () => {
  const { page, started, player } = open();
  assert.equal(page.API_1484_11, undefined);
  await started();
  assert.equal(page.API_1484_11.Initialize(""), "true");
  assert.ok(player);
});

test("a refused launch shows its panel, and trying again asks again", async () => {
  const { log, shown, player, act, state } = open(launchOf(), { launchError: new LaunchError("unavailable", 503) });
  void player.start();
  await shown();
  assert.equal(log.at(-1), "panel unavailable");
  state.launchError = null;
  act("try-again");
  await shown();
  assert.ok(log.includes("open a1"));
});

test("leaving an activity lets it say its last words before its session is ended, and only then opens the next", async () => {
  const { log, recorderLog, started, choose, page, lastWords } = open();
  await started();
  page.API_1484_11.Initialize("");
  const first = page.API_1484_11;
  lastWords(() => first.Terminate(""));
  choose("b");
  await settle();
  assert.deepEqual(log, ["panel loading", "leave", "newest token-1 b", "open b", "no panel"]);
  assert.deepEqual(recorderLog, ["initialized", "terminate", "end"]);
  assert.notEqual(page.API_1484_11, first);
});

test("the newest state of an activity is taken where the server answers, else what came with the launch", async () => {
  const launch = launchOf();
  const newer = { ...activity("b"), src: "/content/newer.html" };
  const { started, choose, state, player, log } = open(launch);
  await started();
  state.newest = { newest_launch: 3, activity: newer, toc: [] };
  choose("b");
  await settle();
  assert.ok(log.includes("open b"));
  state.newest = null;
  await player.step("previous");
  assert.equal(log.filter((line) => line.startsWith("open")).at(-1), "open a2");
});

test("what was stored while the newest state was asked for may be missing from it, so it is asked for again", async () => {
  const { started, choose, state, log } = open();
  await started();
  state.newest = { newest_launch: 3, activity: activity("b"), toc: [] };
  state.waiting = ["left just now"];
  state.asked = () => (state.waiting = []);
  choose("b");
  await settle();
  assert.deepEqual(log.filter((line) => /^(newest|open)/.test(line)), ["newest token-1 b", "newest token-1 b", "open b"]);

  log.length = 0;
  state.waiting = ["kept on this device"];
  state.asked = () => {};
  choose("a1");
  await settle();
  assert.deepEqual(log.filter((line) => line.startsWith("newest")), ["newest token-1 a1"], "what still waits is laid over the answer");

  log.length = 0;
  let sessions = 0;
  state.asked = () => {
    state.waiting = [`another ${(sessions += 1)}`];
    if (sessions > 9) throw new Error("for ever");
  };
  choose("a2");
  await settle();
  assert.equal(log.filter((line) => line.startsWith("newest")).length, 3, "and not for ever");
});

test("previous and next follow the tree and stop at its ends", async () => {
  const { started, player, log } = open();
  await started();
  await player.step("previous");
  assert.deepEqual(log, []);
  await player.step("next");
  assert.ok(log.includes("open a2"));
});

test("what is asked while a move is under way comes after it, the last wish only", async () => {
  const { started, choose, log } = open();
  await started();
  choose("a2");
  choose("a1");
  choose("b");
  await settle();
  assert.deepEqual(log.filter((line) => line.startsWith("open")), ["open a2", "open b"]);
});

test("a navigation request is honoured once Terminate has answered", async () => {
  const { started, page, log, timers } = open();
  await started();
  page.API_1484_11.Initialize("");
  page.API_1484_11.SetValue("adl.nav.request", "{target=b}choice");
  assert.equal(page.API_1484_11.Terminate(""), "true");
  assert.deepEqual(log, []);
  await timers.pass(0);
  assert.ok(log.includes("open b"));
});

test("content that chooses itself is launched anew; the learner who chooses what is open changes nothing", async () => {
  const { started, choose, page, log, timers } = open();
  await started();
  choose("a1");
  await settle();
  assert.deepEqual(log.filter((line) => line.startsWith("open")), []);
  page.API_1484_11.Initialize("");
  page.API_1484_11.SetValue("adl.nav.request", "{target=a1}choice");
  page.API_1484_11.Terminate("");
  await timers.pass(0);
  assert.deepEqual(log.filter((line) => line.startsWith("open")), ["open a1"]);
});

test("what content says while the page is dismissed is no wish to go elsewhere", async () => {
  const { started, page, log, timers, dismiss } = open();
  await started();
  page.API_1484_11.Initialize("");
  page.API_1484_11.SetValue("adl.nav.request", "exitAll");
  dismiss();
  page.API_1484_11.Terminate("");
  await timers.pass(0);
  assert.deepEqual(log, []);
});

test("time counts from the load on where content has not called Initialize yet; a second document begins nothing", async () => {
  const { started, events, recorderLog, page } = open();
  await started();
  events().loaded();
  events().loaded();
  page.API_1484_11.Initialize("");
  assert.deepEqual(recorderLog, ["begin", "initialized"]);
});

test("content that never calls Initialize is told of after ten seconds; HTML5 content never is", async () => {
  const scorm = open();
  await scorm.started();
  scorm.events().loaded();
  await scorm.timers.pass(9999);
  assert.deepEqual(scorm.recorderLog, ["begin"]);
  await scorm.timers.pass(1);
  assert.deepEqual(scorm.recorderLog, ["begin", "finding never-initialized"]);

  const html = open(launchOf({ activities: { a1: activity("a1", { standard: "none", expose: [] }) } }));
  await html.started();
  html.events().loaded();
  await html.timers.pass(20_000);
  assert.deepEqual(html.recorderLog, ["begin"]);
});

test("the exit ends the session, waits for the last acknowledgement and says goodbye", async () => {
  const { started, player, log, recorderLog, say, events } = open();
  await started();
  events().loaded();
  say("saving");
  void player.exit();
  await settle();
  assert.deepEqual(log, ["panel leaving", "leave", "clear"]);
  assert.deepEqual(recorderLog, ["begin", "end"]);
  say("saved");
  await settle();
  assert.equal(log.at(-1), "panel goodbye");
});

test("without a connection the goodbye says that time is kept, and says when it is saved", async () => {
  const { started, player, log, say, timers } = open();
  await started();
  say("kept");
  void player.exit();
  await settle();
  await timers.pass(4000);
  assert.equal(log.at(-1), "panel goodbye-kept");
  say("saved");
  await settle();
  assert.equal(log.at(-1), "panel goodbye");
});

test("the goodbye says how safe the time is: received by the server, kept there for a person, kept here", async () => {
  const { started, player, log, say, timers } = open();
  await started();
  say("saving");
  void player.exit();
  await settle();
  say("spooled");
  await settle();
  assert.equal(log.at(-1), "panel goodbye-spooled", "nobody waits for what is safe");
  for (const [status, panel] of [["kept", "goodbye-kept"], ["held", "goodbye-held"], ["unsafe", "goodbye-unsafe"], ["saved", "goodbye"]]) {
    say("saving");
    say(status);
    assert.equal(log.at(-1), `panel ${panel}`);
  }
  const shown = log.length;
  say("saving");
  say("saved");
  await timers.pass(10_000);
  assert.equal(log.length, shown, "what is said already is not said again");
});

test("the exit goes on to the course's own address, but not while time is in this page's memory only", async () => {
  const onwards = launchOf({ course: { title: "t", kind: "scorm12", open_in: "frame", exit_url: "https://lms.example.org/" } });
  const { started, player, log, say, timers } = open(onwards);
  await started();
  say("unsafe");
  void player.exit();
  await settle();
  await timers.pass(4000);
  assert.equal(log.at(-1), "panel goodbye-unsafe");
  say("saved");
  await settle();
  assert.equal(log.at(-1), "go on https://lms.example.org/");
});

test("content that closes its window leaves its activity, and the course where it is the only one", async () => {
  const several = open();
  await several.started();
  several.events().closeAsked();
  await settle();
  assert.equal(several.log.at(-1), "panel between");
  assert.deepEqual(several.actions(), ["next", "again"]);

  const single = open(launchOf({ toc: [entry("a1")], activities: { a1: activity("a1") } }));
  await single.started();
  single.events().closeAsked();
  await settle();
  assert.equal(single.log.at(-1), "panel goodbye");
});

const inWindow = (more = {}) => launchOf({ course: { title: "t", kind: "scorm12", open_in: "window", exit_url: "" }, ...more });

test("a window of its own waits for a click where the browser wants one", async () => {
  const { started, log, act, state, shown, player } = open(inWindow());
  void player.start();
  await shown();
  assert.equal(log.at(-2), "panel window-ready");
  state.mayOpenWindows = true;
  act("open");
  assert.equal(log.at(-1), "panel window-open");
  act("focus");
  assert.equal(log.at(-1), "focus");
  assert.ok(started);
});

test("a blocked window leaves nothing behind and can be opened again", async () => {
  const { player, shown, log, act, state, page } = open(inWindow(), { mayOpenWindows: true, mayOpen: false });
  void player.start();
  await shown();
  assert.equal(log.at(-2), "panel window-blocked");
  assert.equal(page.API_1484_11, undefined);
  state.mayOpen = true;
  act("open");
  assert.equal(log.at(-1), "panel window-open");
});

test("a closed popup ends the session", async () => {
  const { started, recorderLog, events, log, page } = open(inWindow(), { mayOpenWindows: true });
  await started();
  page.API_1484_11.Initialize("");
  events().closed();
  assert.deepEqual(recorderLog, ["initialized", "end"]);
  assert.equal(log.at(-1), "panel window-closed");
});

test("out of the back-forward cache: content that has terminated is started anew", async () => {
  const { started, page, player, log } = open();
  await started();
  page.API_1484_11.Initialize("");
  page.API_1484_11.Terminate("");
  await player.restored();
  assert.deepEqual(log, ["reload"]);
});

test("out of the back-forward cache: running content goes on, unless the course was opened again since", async () => {
  const { started, page, player, log, state } = open();
  await started();
  page.API_1484_11.Initialize("");
  state.newest = { newest_launch: 3 };
  await player.restored();
  state.newest = null;
  await player.restored();
  assert.deepEqual(log, ["newest token-1 a1", "newest token-1 a1"]);
  state.newest = { newest_launch: 4 };
  await player.restored();
  assert.equal(log.at(-1), "reload");
});

test("where time counts elsewhere a bar says so, and 'continue here' asks for the lease", async () => {
  const { started, lease, bar, recorderLog } = open();
  await started();
  lease(false);
  assert.equal(bar().name, "elsewhere");
  bar().act();
  assert.deepEqual(recorderLog, ["askLease"]);
  lease(true);
  assert.equal(bar(), null);
});

test("an erased registration ends the course, a refused token only offers to start again", async () => {
  const { started, refuse, bar, log } = open();
  await started();
  refuse("forbidden");
  assert.equal(bar().name, "refused");
  assert.deepEqual(log, []);
  refuse("gone");
  await settle();
  assert.deepEqual(log, ["leave", "clear", "panel erased"]);
});
