import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
const catalogue = read("backend/seattime/templates/player/_messages.html");
const page = read("backend/seattime/templates/player/player.html");
const scripts = ["player.js", "player-page.js", "launch-client.js"].map((name) => read(`static/scorm_api/player/${name}`));
const words = new Set([...catalogue.matchAll(/^ {2}"([a-z-]+)": \{/gm)].map((match) => match[1]));

test("every panel that the player shows has its words", () => {
  const shown = scripts.flatMap((script) => [...script.matchAll(/(?:panels\.show|rest|new LaunchError)\("([a-z-]+)"/g)].map((match) => match[1]));
  const answered = [...scripts[2].matchAll(/return "([a-z-]+)";/g)].map((match) => match[1]);
  assert.ok(shown.length >= 12, `only ${shown.length} panels found`);
  const goodbyes = [...scripts[0].matchAll(/"(goodbye[a-z-]*)"/g)].map((match) => match[1]);
  assert.ok(new Set(goodbyes).size >= 5);
  assert.deepEqual([...shown, ...answered, ...goodbyes].filter((name) => !words.has(name)), []);
});

test("every message is one calm sentence or two: no exclamation, no code, no blame", () => {
  const texts = [...catalogue.matchAll(/"text": "([^"]+)"/g)].map((match) => match[1]);
  assert.ok(texts.length >= 12);
  for (const text of texts) assert.doesNotMatch(text, /!|\d{3}|error|invalid|fail|illegal/i);
});

test("every element that the player reaches for by name is in the page", () => {
  const names = [...scripts[1].matchAll(/(?:part|button)\("([a-z-]+)"\)/g)].map((match) => match[1]);
  assert.ok(names.length >= 20);
  assert.deepEqual(names.filter((name) => !page.includes(`id="${name}"`)), []);
});

test("the pages hold no inline script, style or handler: the Content-Security-Policy allows none", () => {
  for (const name of ["player", "message", "deliver", "_page", "_messages"]) {
    const text = read(`backend/seattime/templates/player/${name}.html`);
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  }
});
