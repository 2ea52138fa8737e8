import assert from "node:assert/strict";
import { test } from "node:test";

import { createCourseToc } from "../../../static/scorm_api/player/course-toc.js";
import { entry, TREE } from "./support.js";

test("activities follow one another in the order of the tree, clusters are passed over", () => {
  const toc = createCourseToc(TREE);
  assert.deepEqual(toc.order, ["a1", "a2", "b"]);
  assert.equal(toc.next("a1"), "a2");
  assert.equal(toc.next("a2"), "b");
  assert.equal(toc.next("b"), null);
  assert.equal(toc.previous("b"), "a2");
  assert.equal(toc.previous("a1"), null);
});

test("an activity that is not in the tree has no neighbours", () => {
  const toc = createCourseToc(TREE);
  assert.equal(toc.next("elsewhere"), null);
  assert.equal(toc.previous("elsewhere"), null);
  assert.equal(toc.launchable("elsewhere"), false);
});

test("a cluster is done once all below it is, and begun once any of it is", () => {
  const toc = createCourseToc(TREE);
  assert.equal(toc.status("a"), "not attempted");
  toc.setStatus("a1", "passed");
  assert.equal(toc.status("a"), "incomplete");
  toc.setStatus("a2", "completed");
  assert.equal(toc.status("a"), "completed");
});

test("opening an activity marks it as begun, and never undoes what it had reached", () => {
  const toc = createCourseToc([entry("a"), entry("b", "completed")]);
  toc.setBegun("a");
  toc.setBegun("b");
  assert.equal(toc.status("a"), "incomplete");
  assert.equal(toc.status("b"), "completed");
});

test("the server's newer statuses are taken over, except where the content said one in this page", () => {
  const toc = createCourseToc(TREE);
  toc.setStatus("a1", "completed");
  toc.refresh([entry("a", "unknown", [entry("a1", "incomplete"), entry("a2", "passed")]), entry("b")]);
  assert.equal(toc.status("a1"), "completed");
  assert.equal(toc.status("a2"), "passed");
});

test("a status of an activity that is not in the tree changes nothing", () => {
  const toc = createCourseToc(TREE);
  toc.setStatus("hidden", "completed");
  assert.equal(toc.status("hidden"), "unknown");
});
