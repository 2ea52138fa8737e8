/**
 * SeatTime as adlnet/CATAPULT's LMS test suite drives it: what the suite asks of an LMS, done by the REST API and as the player does it.
 *
 * An AU's launch address is what the player itself gets from the server (POST /player/<key>/launch) when it opens an activity; the suite
 * then opens it alone, in a window of its own. Of the suite only its class of error is used, from where it lies.
 */
"use strict";

// The suite's Jest is of a time without `node:` and without fetch.
const http = require("http");
const path = require("path");
const { randomUUID } = require("crypto");

const { InvalidPackageError } = require(path.join(process.cwd(), "lib", "errors"));

const SERVER = process.env.SEATTIME_URL;
const KEY = `Basic ${Buffer.from(process.env.SEATTIME_KEY).toString("base64")}`;
const LOOK_AGAIN_MS = 100;
const IMPORTED_WITHIN_MS = 60_000;

/**
 * By the registration id that an AU was launched with, which is all that the suite knows of a registration.
 * @type {Map<string, { registrationId: string, activities: string[] }>}
 */
const registrations = new Map();
/** @type {string[]} */
let courses = [];

/**
 * @param {string} method @param {URL} address @param {Record<string, string>} headers @param {string | Buffer} [body]
 * @returns {Promise<any>} the JSON of the answer, null where it has none
 */
function ask(method, address, headers, body) {
  // Node's resolver does not know `*.localhost`, so the host is named in its header only
  const options = { host: "127.0.0.1", port: address.port, path: address.pathname + address.search, method };
  const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = http.request({ ...options, headers: { Host: address.host, ...length, ...headers } }, async (response) => {
      try {
        const text = (await bytesOf(response)).toString();
        if (response.statusCode >= 300) throw new Error(`${method} ${address.pathname}: ${response.statusCode} ${text}`);
        resolve(text ? JSON.parse(text) : null);
      } catch (error) {
        reject(error);
      }
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** @param {string} method @param {string} route @param {object} [body] */
const api = (method, route, body) =>
  ask(
    method,
    new URL(`${SERVER}/api/v2/${route}`),
    { Authorization: KEY, "Content-Type": "application/json" },
    body && JSON.stringify(body),
  );

/** @param {string} courseId @param {string} fileName @param {string} type @param {Buffer} bytes */
function upload(courseId, fileName, type, bytes) {
  const boundary = randomUUID();
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${fileName}"\r\nContent-Type: ${type}\r\n\r\n`;
  const address = new URL(`${SERVER}/api/v2/courses/importJobs/upload?courseId=${courseId}`);
  const headers = { Authorization: KEY, "Content-Type": `multipart/form-data; boundary=${boundary}` };
  return ask("POST", address, headers, Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]));
}

/**
 * The player's own request.
 * @param {URL} link
 * @param {string | null} activity
 */
function launch(link, activity) {
  const address = new URL("launch", link);
  const body = JSON.stringify({ link: link.searchParams.get("link"), activity });
  return ask("POST", address, { "Content-Type": "application/json" }, body);
}

/** @param {AsyncIterable<Buffer>} stream */
async function bytesOf(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** @param {string} job */
async function imported(job) {
  const until = Date.now() + IMPORTED_WITHIN_MS;
  while (Date.now() < until) {
    const found = await api("GET", `courses/importJobs/${job}`);
    if (found.status !== "RUNNING") return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
  throw new Error("the import did not come to its end");
}

module.exports = {
  setup: async () => {},
  teardown: async () => {},

  getLrsEndpoint: () => `${SERVER}/xapi`,
  getLrsAuthHeader: () => KEY,

  importCourse: async (stream, contentType, fileName) => {
    const courseId = `lts-${randomUUID()}`;
    const { result: job } = await upload(courseId, fileName, contentType, await bytesOf(stream));
    const found = await imported(job);
    if (found.status !== "COMPLETE") throw new InvalidPackageError(found.message);
    courses.push(courseId);
    // Other kinds of packages are welcome here, a zip with a page in it for instance: as a cmi5 course it was refused.
    const { courseLearningStandard: standard } = await api("GET", `courses/${courseId}`);
    if (standard !== "CMI5") throw new InvalidPackageError(`taken as a package of another kind: ${standard}`);
    return courseId;
  },

  getLaunchUrl: async (courseId, auIndex, actor, { registration, launchMode }) => {
    let registrationId = registration && registrations.get(registration)?.registrationId;
    if (!registrationId) {
      registrationId = `lts-${randomUUID()}`;
      await api("POST", "registrations", { registrationId, courseId, learner: { id: actor.account.name } });
    }
    const { launchLink } = await api("POST", `registrations/${registrationId}/launchLink`, {
      redirectOnExitUrl: "message",
      launchMode: launchMode?.toLowerCase(),
    });
    const link = new URL(launchLink);
    const about = await launch(link, null);
    const activities = Object.keys(about.activities);
    const answer = about.first === activities[auIndex] ? about : await launch(link, activities[auIndex]);
    const source = new URL(answer.activities[activities[auIndex]].src, link.origin);
    registrations.set(source.searchParams.get("registration"), { registrationId, activities });
    return source.href;
  },

  cleanup: async () => {
    for (const courseId of courses) await api("DELETE", `courses/${courseId}`);
    courses = [];
  },

  hasWaive: () => true,
  waiveAU: async (registration, auIndex, reason) => {
    const { registrationId, activities } = registrations.get(registration);
    await api("POST", "seattime/cmi5/waivers", { registrationId, activityId: activities[auIndex], reason });
  },

  hasAbandon: () => true,
  abandonSession: async (sessionId) => {
    await api("POST", `seattime/cmi5/sessions/${sessionId}/abandon`);
  },
};
