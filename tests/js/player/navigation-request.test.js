import assert from "node:assert/strict";
import { test } from "node:test";

import { createCourseToc } from "../../../static/scorm_api/player/course-toc.js";
import { moveFor } from "../../../static/scorm_api/player/navigation-request.js";
import { entry, TREE } from "./support.js";

const several = createCourseToc(TREE);
const single = createCourseToc([entry("only")]);

const cases = [
  ["continue", "a1", { kind: "open", id: "a2" }],
  ["continue", "b", { kind: "exit" }],
  ["previous", "a2", { kind: "open", id: "a1" }],
  ["previous", "a1", { kind: "none" }],
  ["exit", "a1", { kind: "rest" }],
  ["abandon", "a1", { kind: "rest" }],
  ["exitAll", "a1", { kind: "exit" }],
  ["suspendAll", "a1", { kind: "exit" }],
  ["abandonAll", "a1", { kind: "exit" }],
  ["{target=b}choice", "a1", { kind: "open", id: "b" }],
  ["{target=b}jump", "a1", { kind: "open", id: "b" }],
  ["{target=a}choice", "b", { kind: "none" }],
  ["{target=nowhere}choice", "b", { kind: "none" }],
  ["_none_", "a1", { kind: "none" }],
  ["", "a1", { kind: "none" }],
];

for (const [request, current, expected] of cases) {
  test(`"${request}" from ${current} means ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(moveFor(request, current, several), expected);
  });
}

test("leaving the only activity leaves the course", () => {
  assert.deepEqual(moveFor("exit", "only", single), { kind: "exit" });
});
