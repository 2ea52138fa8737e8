import assert from "node:assert/strict";
import { test } from "node:test";

import { createLaunchClient, LaunchError } from "../../../static/scorm_api/player/launch-client.js";

/** @param {() => Response | Promise<Response>} answer */
function client(answer) {
  const asked = [];
  const fetch = async (address, init) => {
    asked.push({ address, ...init });
    return answer();
  };
  return { asked, client: createLaunchClient("reg/1", fetch) };
}

test("a launch is one POST with the link and the activity", async () => {
  const { asked, client: made } = client(() => Response.json({ v: 1 }));
  assert.deepEqual(await made.launch("link-1", "item_2"), { v: 1 });
  assert.equal(asked.length, 1);
  assert.equal(asked[0].address, "/player/reg%2F1/launch");
  assert.equal(asked[0].method, "POST");
  assert.deepEqual(JSON.parse(asked[0].body), { link: "link-1", activity: "item_2" });
});

for (const [status, panel] of [
  [401, "expired"], [410, "expired"], [403, "not-found"], [404, "gone"], [500, "unavailable"], [503, "unavailable"], [502, "unavailable"],
]) {
  test(`an answer of ${status} shows the panel "${panel}"`, async () => {
    const { client: made } = client(() => new Response("{}", { status }));
    await assert.rejects(made.launch("", null), (error) => error instanceof LaunchError && error.panel === panel && error.status === status);
  });
}

test("no answer at all is no connection", async () => {
  const { client: made } = client(() => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(made.launch("", null), (error) => error instanceof LaunchError && error.panel === "offline");
});

test("an answer that is no JSON is not taken for a launch", async () => {
  const { client: made } = client(() => new Response("<html>hotel sign-in</html>"));
  await assert.rejects(made.launch("", null), (error) => error instanceof LaunchError && error.panel === "unavailable");
});

test("the newest state is null where the server does not answer, so that the player goes on with what it has", async () => {
  assert.equal(await client(() => Promise.reject(new TypeError("offline"))).client.newest("t", "a", 3000), null);
  assert.equal(await client(() => new Response("", { status: 503 })).client.newest("t", "a", 3000), null);
  assert.deepEqual(await client(() => Response.json({ newest_launch: 4 })).client.newest("t", "a", 3000), { newest_launch: 4 });
});
