/** The ticket in a page: read where it is one, null for all else. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { readSettings } from "../../../static/scorm_api/host/settings.js";
import { readTicket } from "../../../static/scorm_api/host/ticket.js";

const SAID = {
  v: 1, base: "https://c1.play.example.org", ledger: "l", now: 1000, heartbeat_ms: 15000, registration: "r", token: "t", launch: { number: 3, order: 9 }, mode: "normal",
  activity: { id: "course", title: "Über", attempt: "", new_attempt: false, standard: "scorm12", expose: ["API"], src: "", order: 9, data: { elements: {}, learnerName: "Ruiz, Ána" } },
};
const ticket = (said) => Buffer.from(JSON.stringify(said)).toString("base64url");

test("a ticket is a launch, by the server's clock at the moment when the page was made", () => {
  const read = readTicket(` ${ticket(SAID)}\n`, 250);
  assert.equal(read.base, SAID.base);
  assert.equal(read.launch.now, 1250);
  assert.equal(read.launch.token, "t");
  assert.deepEqual(read.launch.activities, { course: SAID.activity });
  assert.equal(read.launch.learner.name, "Ruiz, Ána");
});

test("what is no ticket is null", () => {
  const less = (name) => ticket({ ...SAID, [name]: undefined });
  const none = ["", "x", "{{ticket}}", "%%%", ticket(null), ticket([]), ticket({ v: 2 }), less("token"), less("registration"), less("launch"), less("activity"), less("now")];
  for (const text of [...none, ticket({ ...SAID, launch: { number: "3" } })]) assert.equal(readTicket(text, 0), null, text);
});

test("the page says it on our script tag or in an object", () => {
  const address = "https://c1.play.example.org/static/scorm_api/host/host.js";
  const page = (scripts, said) => ({ document: { querySelectorAll: () => scripts }, ...(said === undefined ? {} : { SeatTimeHost: said }) });
  const other = { src: "https://lms.example/app.js", dataset: { ticket: "theirs" } };
  assert.deepEqual(readSettings(page([other, { src: address, dataset: { ticket: "T", way: "api", content: "#c" } }]), address), {
    way: "api", ticket: "T", ticketFrom: "", content: "#c",
  });
  assert.deepEqual(readSettings(page([other], { ticketFrom: "/ticket" }), address), { way: "around", ticket: "", ticketFrom: "/ticket", content: "" });
  for (const odd of [null, 5, "x", { ticket: 7, way: "both" }]) {
    assert.deepEqual(readSettings(page([], odd), address), { way: "around", ticket: "", ticketFrom: "", content: "" });
  }
});
