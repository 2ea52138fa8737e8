import assert from "node:assert/strict";
import { test } from "node:test";

import { returnToPlayer } from "../../../static/scorm_api/player/content-return.js";

const HERE = "/player/return";
const PLAYER = "/player/5f0c/";

/**
 * Windows from the outside in; what was closed is noted. A path of null: another origin.
 * @param {(string | null)[]} paths @param {string[]} closed @param {any} opener
 */
function windows(paths, closed, opener = null) {
  let outer = null;
  let top = null;
  for (const path of paths) {
    const made = {
      opener: null,
      get location() {
        if (path === null) throw new Error("another origin");
        return { pathname: path };
      },
      close: () => closed.push(path),
    };
    made.parent = outer ?? made;
    top ??= Object.assign(made, { opener });
    made.top = top;
    outer = made;
  }
  return outer;
}

for (const [where, paths, opener, expected] of [
  ["in a frame", [PLAYER, HERE], null, PLAYER],
  ["in a frame of the content", [PLAYER, "/content/1/index.html", HERE], null, PLAYER],
  ["in a player that is embedded elsewhere", [null, PLAYER, HERE], null, PLAYER],
  ["in a window of its own", [HERE], [PLAYER], PLAYER],
  ["in a frame of such a window", ["/content/1/index.html", HERE], [null, PLAYER], PLAYER],
  ["in place of the player", [HERE], null, HERE],
  ["in place of a player that another page opened", [HERE], [null], HERE],
  ["in a window whose player went on", [HERE], ["/content/1/index.html"], HERE],
]) {
  test(`content that goes to the return page ${where} closes the player's activity, else itself`, () => {
    const closed = [];
    returnToPlayer(windows(paths, closed, opener === null ? null : windows(opener, closed)));
    assert.deepEqual(closed, [expected]);
  });
}
