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

/** Every module that the one at `path` imports, itself too. */
function closure(path, needed = new Set()) {
  if (needed.has(path)) return needed;
  needed.add(path);
  for (const [, from] of read(path).matchAll(/^(?:import|export) [^;]*?from "(\.[^"]+)";/gms)) closure(new URL(from, `file:///${path}`).pathname.slice(1), needed);
  return needed;
}

test("every module that the page asks for beforehand is one that it needs", () => {
  const needed = closure("static/scorm_api/player/player-page.js");
  const list = read("backend/seattime/templates/player/_modules.html");
  const asked = [...list.matchAll(/"(\w+)": \[([^\]]+)\]/g)].flatMap(([, folder, names]) =>
    [...names.matchAll(/"([^"]+)"/g)].map(([, name]) => `static/scorm_api/${folder}/${name}.js`),
  );
  assert.ok(asked.length > 40);
  assert.deepEqual(asked.filter((path) => !needed.has(path)), []);
});

for (const [dialect, other] of [["scorm12", "scorm2004"], ["scorm2004", "scorm12"]]) {
  test(`a course of ${dialect} is asked for its own tables beforehand, and nothing loads the other's`, () => {
    const needed = closure("static/scorm_api/player/player-page.js");
    const own = [...closure(`static/scorm_api/adapter/dialect-${dialect}.js`)].filter((path) => !needed.has(path));
    const [, names = ""] = read("backend/seattime/templates/player/_modules.html").match(new RegExp(`set ${dialect} = \\[([^\\]]+)\\]`)) ?? [];
    assert.deepEqual([...names.matchAll(/"([^"]+)"/g)].map(([, name]) => `static/scorm_api/adapter/${name}.js`), own.sort());
    assert.deepEqual([...needed, ...own].filter((path) => path.includes(`${other}-table`) || path.includes(`dialect-${other}`)), []);
  });
}
