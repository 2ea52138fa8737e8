import assert from "node:assert/strict";
import { test } from "node:test";

import { createSaveIndicator, SAVE_WORDS } from "../../../static/scorm_api/player/save-indicator.js";
import { fakeTimers } from "./support.js";

function open({ isTold = () => false } = {}) {
  const timers = fakeTimers();
  const element = (more = {}) =>
    Object.assign(new EventTarget(), { dataset: {}, textContent: "", hidden: true, attributes: {}, setAttribute(name, value) { this.attributes[name] = value; }, ...more });
  const parts = { button: element(), label: element(), sentence: element(), announcer: element() };
  return { timers, ...parts, ...createSaveIndicator(timers, { ...parts, isTold }) };
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
  assert.equal(announcer.textContent, "Your time is kept on this device and is sent by itself as soon as the server can take it. You can go on.");
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

for (const status of ["kept", "held", "unsafe"]) {
  test(`time that is ${status} for a while is told of in one sentence, once, and not for ever`, async () => {
    const { timers, sentence, show } = open();
    show("saved");
    show(status);
    await timers.pass(7000);
    assert.equal(sentence.hidden, true, "a short trouble is none");
    show("saving");
    show(status);
    await timers.pass(1000);
    assert.equal(sentence.hidden, false);
    assert.equal(sentence.textContent, SAVE_WORDS[status].sentence);
    await timers.pass(15_000);
    assert.equal(sentence.hidden, true);
    show("saving");
    show(status);
    await timers.pass(60_000);
    assert.equal(sentence.hidden, true, "once is enough");
  });
}

test("the sentence goes when the trouble is over; one that the learner opened stays", async () => {
  const { timers, button, sentence, show } = open();
  show("kept");
  await timers.pass(9000);
  assert.equal(sentence.hidden, false);
  show("saved");
  assert.equal(sentence.hidden, true);
  show("kept");
  button.dispatchEvent(new Event("click"));
  await timers.pass(30_000);
  show("saved");
  assert.equal(sentence.hidden, false);
  assert.equal(sentence.textContent, SAVE_WORDS.saved.sentence);
});

test("what the server has on its disk, or saves as one goes, is no trouble", async () => {
  const { timers, announcer, sentence, show } = open();
  for (const status of ["saved", "spooled", "sent"]) {
    show(status);
    await timers.pass(60_000);
    assert.equal(sentence.hidden, true);
    assert.equal(announcer.textContent, "");
  }
});

test("what the page says in another place already is not said twice", async () => {
  const { timers, sentence, show } = open({ isTold: () => true });
  show("kept");
  await timers.pass(60_000);
  assert.equal(sentence.hidden, true);
});

test("leaving the course takes the sentence away, unless the learner asked for it", async () => {
  const { timers, button, sentence, show, hush } = open();
  show("kept");
  await timers.pass(9000);
  hush();
  assert.equal(sentence.hidden, true);
  button.dispatchEvent(new Event("click"));
  hush();
  assert.equal(sentence.hidden, false);
});

test("a tap on the sentence takes it away", async () => {
  const { timers, sentence, show } = open();
  show("kept");
  await timers.pass(9000);
  sentence.dispatchEvent(new Event("click"));
  assert.equal(sentence.hidden, true);
});

test("the words are calm: no exclamation, no code, no blame", () => {
  for (const { label, sentence } of Object.values(SAVE_WORDS)) {
    assert.doesNotMatch(`${label} ${sentence}`, /!|\d{3}|error|invalid|fail|illegal|lost/i);
    assert.ok(label.length <= 20);
  }
});
