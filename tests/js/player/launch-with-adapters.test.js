/** A launch is answered once the adapters of its activities are there. */
import test from "node:test";
import assert from "node:assert/strict";
import { createAdapterLoader } from "../../../static/scorm_api/adapter/load-adapter.js";
import { launchWithAdapters } from "../../../static/scorm_api/player/launch-with-adapters.js";

const activity = (standard, expose) => ({ standard, expose });

function clientOf(activities) {
  const answer = { activities };
  return { answer, launch: async () => answer, newest: async () => ({ activity: activities.a }) };
}

test("the adapters of every activity are loaded before the launch is answered, each once", async () => {
  const asked = [];
  const client = clientOf({ a: activity("scorm12", ["API"]), b: activity("scorm12", ["API"]), c: activity("none", []) });
  const answer = await launchWithAdapters(client, async (standards) => void asked.push([...standards])).launch("link", null);
  assert.equal(answer, client.answer);
  assert.deepEqual(asked, [["scorm12"]]);
});

test("where the manifest does not tell the standard, both are loaded", async () => {
  const asked = [];
  await launchWithAdapters(clientOf({ a: activity("scorm11", ["API", "API_1484_11"]) }), async (standards) => void asked.push(...standards)).launch("link", null);
  assert.deepEqual(asked, ["scorm11", "scorm2004"]);
});

test("an adapter that does not come is told as being offline, and the newest state as not to be had", async () => {
  const client = launchWithAdapters(clientOf({ a: activity("scorm12", ["API"]) }), () => Promise.reject(new TypeError("Failed to fetch")));
  await assert.rejects(client.launch("link", null), { panel: "offline" });
  assert.equal(await client.newest("token", "a", 1000), null);
});

test("what was loaded makes adapters at once; what was not says so", async () => {
  const loader = createAdapterLoader();
  const launch = { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana", learnerName: "Ruiz, Ana" };
  const sink = { initialized() {}, changed() {}, sessionTime() {}, finding() {}, commit: () => true, terminate: () => true, restart: () => launch };
  await loader.load(["scorm12"]);
  assert.equal(loader.create("scorm12", launch, sink).api.LMSInitialize(""), "true");
  assert.equal(loader.create("scorm11", launch, sink).api.LMSInitialize(""), "true");
  assert.throws(() => loader.create("scorm2004", launch, sink), /scorm2004 was not loaded/);
  await loader.load(["scorm2004", "scorm12"]);
  assert.equal(loader.create("scorm2004", launch, sink).api.Initialize(""), "true");
});
