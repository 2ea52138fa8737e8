import assert from "node:assert/strict";
import { test } from "node:test";

import { createContentSink } from "../../../static/scorm_api/player/content-sink.js";
import { fakeRecorder } from "./support.js";

function listen() {
  const log = [];
  const heard = [];
  const sink = createContentSink(fakeRecorder(log), {
    beginning: () => heard.push("beginning"),
    status: (status) => heard.push(`status ${status}`),
    terminated: (request) => heard.push(`terminated ${request}`),
  });
  return { sink, log, heard };
}

test("every call reaches the recorder unchanged", () => {
  const { sink, log } = listen();
  sink.initialized();
  sink.changed("cmi.location", "3", true);
  sink.sessionTime("PT5S", 5000, false);
  sink.finding({ kind: "odd", element: "", raw: "" });
  assert.equal(sink.commit(), true);
  assert.equal(sink.terminate(), true);
  assert.deepEqual(log, ["initialized", "changed cmi.location 3 true", "sessionTime PT5S 5000 false", "finding odd", "commit", "terminate"]);
});

test("the last navigation request is told when the content has terminated", () => {
  const { sink, heard } = listen();
  sink.initialized();
  sink.changed("adl.nav.request", "exitAll");
  sink.changed("adl.nav.request", "continue");
  assert.deepEqual(heard, ["beginning"]);
  sink.terminate();
  assert.deepEqual(heard, ["beginning", "terminated continue"]);
});

test("a withdrawn request is none, and a new session starts without one", () => {
  const { sink, heard } = listen();
  sink.initialized();
  sink.changed("adl.nav.request", "exitAll");
  sink.changed("adl.nav.request", "_none_");
  sink.terminate();
  sink.initialized();
  sink.terminate();
  assert.deepEqual(heard, ["beginning", "terminated ", "beginning", "terminated "]);
});

test("in 2004 success says more than completion; in 1.2 browsed is as good as completed", () => {
  const { sink, heard } = listen();
  sink.changed("cmi.completion_status", "completed");
  sink.changed("cmi.success_status", "failed");
  sink.changed("cmi.success_status", "unknown");
  sink.changed("cmi.core.lesson_status", "browsed");
  assert.deepEqual(heard, ["status completed", "status failed", "status completed", "status completed"]);
});
