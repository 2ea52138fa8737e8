import assert from "node:assert/strict";
import { test } from "node:test";

import { createPageAddress } from "../../../static/scorm_api/player/page-address.js";

/** @param {object} [state] */
function open(state = null) {
  const gone = [];
  const history = {
    state,
    replaceState(to, _title, path) {
      history.state = to;
      history.path = path;
    },
    path: "/player/reg/?link=secret",
  };
  const location = { pathname: "/player/reg/", href: "http://c.play.localhost:8000/player/reg/", assign: (to) => gone.push(to), reload: () => gone.push("reload") };
  return { address: createPageAddress({ history, location, navigator: {} }, "secret"), history, gone };
}

test("the link leaves the address, and what a reload returns to stays", () => {
  const { address, history } = open({ activity: "a2" });
  address.dropLink();
  assert.equal(history.path, "/player/reg/");
  assert.equal(address.activity(), "a2");
});

test("a reload returns to the activity that was open, a first visit to none", () => {
  const { address } = open();
  assert.equal(address.activity(), null);
  address.remember("b");
  assert.equal(address.activity(), "b");
});

test("the exit leads to http and https addresses only", () => {
  const { address, gone } = open();
  assert.equal(address.goOn(""), false);
  assert.equal(address.goOn("javascript:alert(1)"), false);
  assert.equal(address.goOn("data:text/html,x"), false);
  assert.equal(address.goOn("http://"), false);
  assert.equal(address.goOn("https://lms.example.org/done"), true);
  assert.deepEqual(gone, ["https://lms.example.org/done"]);
});

test("where the browser does not tell of a click, no window is opened without one", () => {
  assert.equal(open().address.mayOpenWindows(), false);
});
