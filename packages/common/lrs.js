/**
 * Talking to a record store (LRS) by hand: what the xAPI, cmi5 and dual samples share. Sections named are those of
 * xAPI 1.0.3, part 3 (communication).
 *
 * @typedef {object} Lrs
 * @property {string} endpoint ends in a slash
 * @property {string} auth the whole Authorization header
 * @property {object} actor
 * @property {string} registration
 * @property {string} activityId
 */

/** A UUID (version 4). `crypto.randomUUID` exists on secure addresses only, and a course may run on plain HTTP. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** @param {Lrs} lrs @param {Record<string, string>} [more] */
const headers = (lrs, more = {}) => ({ Authorization: lrs.auth, "X-Experience-API-Version": "1.0.3", ...more });

/** Endpoints come with and without the last slash. @param {string} endpoint */
export const withSlash = (endpoint) => (endpoint.endsWith("/") ? endpoint : `${endpoint}/`);

/**
 * Sends one statement (section 2.1.2). `last` keeps the request alive while the page goes away.
 * @param {Lrs} lrs
 * @param {object} statement verb, object and so on; actor, registration, id and time are added
 * @param {{ last?: boolean }} [options]
 * @returns {Promise<boolean>} whether the store took it
 */
export async function sendStatement(lrs, statement, { last = false } = {}) {
  const whole = {
    id: uuid(),
    timestamp: new Date().toISOString(),
    actor: lrs.actor,
    ...statement,
    context: { ...statement.context, registration: lrs.registration },
  };
  if (!lrs.registration) delete whole.context.registration;
  try {
    const answer = await fetch(`${lrs.endpoint}statements`, {
      method: "POST",
      headers: headers(lrs, { "Content-Type": "application/json" }),
      body: JSON.stringify(whole),
      keepalive: last,
    });
    return answer.ok;
  } catch {
    return false; // The course goes on without its record store.
  }
}

/**
 * What a question is, in words, for the object of an "answered" (Data 2.4.4.1, interaction activities).
 * @param {import("./slides.js").Answer} answer
 */
export const questionDefinition = (answer) => ({
  type: "http://adlnet.gov/expapi/activities/cmi.interaction",
  interactionType: "choice",
  description: { en: answer.text },
  correctResponsesPattern: [answer.expected],
  choices: Object.entries(answer.choices).map(([id, text]) => ({ id, description: { en: text } })),
});

/** The address of a state document (section 2.3). @param {Lrs} lrs @param {string} stateId */
function stateAddress(lrs, stateId) {
  const query = new URLSearchParams({ activityId: lrs.activityId, agent: JSON.stringify(lrs.actor), stateId });
  if (lrs.registration) query.set("registration", lrs.registration);
  return `${lrs.endpoint}activities/state?${query}`;
}

/**
 * Reads a document; null where there is none or the store does not answer.
 * @param {Lrs} lrs
 * @param {string} address
 */
async function readDocument(lrs, address) {
  try {
    const answer = await fetch(address, { headers: headers(lrs) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** @param {Lrs} lrs @param {string} stateId */
export const readState = (lrs, stateId) => readDocument(lrs, stateAddress(lrs, stateId));

/** Reads an agent profile document (section 2.6). @param {Lrs} lrs @param {string} profileId */
export function readProfile(lrs, profileId) {
  const query = new URLSearchParams({ agent: JSON.stringify(lrs.actor), profileId });
  return readDocument(lrs, `${lrs.endpoint}agents/profile?${query}`);
}

/** Keeps a document, and does not wait for it. @param {Lrs} lrs @param {string} stateId @param {object} value */
export function writeState(lrs, stateId, value) {
  fetch(stateAddress(lrs, stateId), {
    method: "PUT",
    headers: headers(lrs, { "Content-Type": "application/json" }),
    body: JSON.stringify(value),
    keepalive: true,
  }).catch(() => undefined);
}
