import assert from "node:assert/strict";
import { test } from "node:test";

import { createSaveIndicator, SAVE_WORDS } from "../../../static/scorm_api/player/save-indicator.js";
import { fakeTimers } from "./support.js";

function open() {
  const timers = fakeTimers();
  const element = (more = {}) =>
    Object.assign(new EventTarget(), { dataset: {}, textContent: "", hidden: true, attributes: {}, setAttribute(name, value) { this.attributes[name] = value; }, ...more });
  const parts = { button: element(), label: element(), sentence: element(), announcer: element() };
  return { timers, ...parts, show: createSaveIndicator(timers, parts) };
}

test("a save that takes a moment only is never shown", async () => {
  const { timers, label, show } = open();
  show("saved");
  show("saving");
  await timers.pass(500);
  show("saved");
  await timers.pass(5000);
  assert.equal(label.textContent, "Saved");
});

test("a save that takes long is shown", async () => {
  const { timers, button, show } = open();
  show("saved");
  show("saving");
  await timers.pass(1200);
  assert.equal(button.dataset.status, "saving");
});

test("what is kept on this device is said at once, and that it was sent afterwards; ordinary saves are not read out", () => {
  const { announcer, show } = open();
  show("saved");
  assert.equal(announcer.textContent, "");
  show("kept");
  assert.equal(announcer.textContent, "Your time is kept on this device and will be sent when the connection is back.");
  show("saving");
  show("saved");
  assert.equal(announcer.textContent, SAVE_WORDS.saved.sentence);
});

test("a tap tells the sentence, another or Escape takes it away", () => {
  const { button, sentence, show } = open();
  show("kept");
  button.dispatchEvent(new Event("click"));
  assert.equal(sentence.hidden, false);
  assert.equal(button.attributes["aria-expanded"], "true");
  button.dispatchEvent(Object.assign(new Event("keydown"), { key: "Escape" }));
  assert.equal(sentence.hidden, true);
});
