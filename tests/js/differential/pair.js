/**
 * The two adapters side by side: SeatTime's with all leniencies off (the standard's letter), and scorm-again with its defaults.
 * A third, SeatTime's as it is shipped, goes along: where it answers otherwise, a leniency must say so.
 */

import { Scorm12API } from "../../../node_modules/scorm-again/dist/esm/scorm12.js";
import { Scorm2004API } from "../../../node_modules/scorm-again/dist/esm/scorm2004.js";
import { formatDuration } from "../../../static/scorm_api/adapter/durations.js";
import { launchData, open } from "../adapter/support.js";

const QUIET = Object.freeze({ autocommit: false, logLevel: 5, onLogMessage: () => undefined });

/** @param {"scorm12" | "scorm2004"} standard @param {object} launch */
export function openPair(standard, launch) {
  return { ours: open(standard, { ...launch, leniencies: ["-all"] }), shipped: open(standard, launch), theirs: openTheirs(standard, launch) };
}

/** @param {"scorm12" | "scorm2004"} standard @param {object} launch */
function openTheirs(standard, launch) {
  const is2004 = standard === "scorm2004";
  const api = is2004 ? new Scorm2004API(QUIET) : new Scorm12API(QUIET);
  api.loadFromFlattenedJSON({ ...(is2004 ? given2004(launchData(launch)) : given12(launchData(launch))), ...launch.elements });
  const prefix = is2004 ? "" : "LMS";
  const call = (name) => (...args) => api[prefix + name](...args);
  return {
    init: call("Initialize"), end: call(is2004 ? "Terminate" : "Finish"), get: call("GetValue"), set: call("SetValue"), commit: call("Commit"), error: call("GetLastError"), text: call("GetErrorString"),
    status: () => (is2004 ? "" : api.cmi.core.lesson_status),
  };
}

/** @param {import("../../../static/scorm_api/types.d.ts").LaunchData} launch */
function given12(launch) {
  return {
    "cmi.core.student_id": launch.learnerId,
    "cmi.core.student_name": launch.learnerName,
    "cmi.core.credit": launch.credit,
    "cmi.core.entry": launch.entry,
    "cmi.core.lesson_mode": launch.mode,
    "cmi.core.total_time": formatDuration(launch.totalTimeMs, "scorm12"),
    ...(launch.dataFromLms === undefined ? {} : { "cmi.launch_data": launch.dataFromLms }),
    ...(launch.masteryScore === undefined ? {} : { "cmi.student_data.mastery_score": String(launch.masteryScore) }),
    ...(launch.maxTimeAllowedMs === undefined ? {} : { "cmi.student_data.max_time_allowed": formatDuration(launch.maxTimeAllowedMs, "scorm12") }),
    ...(launch.timeLimitAction === undefined ? {} : { "cmi.student_data.time_limit_action": launch.timeLimitAction }),
  };
}

/** @param {import("../../../static/scorm_api/types.d.ts").LaunchData} launch */
function given2004(launch) {
  return {
    "cmi.learner_id": launch.learnerId,
    "cmi.learner_name": launch.learnerName,
    "cmi.credit": launch.credit,
    "cmi.entry": launch.entry,
    "cmi.mode": launch.mode,
    "cmi.total_time": formatDuration(launch.totalTimeMs, "scorm2004"),
    ...(launch.dataFromLms === undefined ? {} : { "cmi.launch_data": launch.dataFromLms }),
    ...(launch.completionThreshold === undefined ? {} : { "cmi.completion_threshold": String(launch.completionThreshold) }),
    ...(launch.scaledPassingScore === undefined ? {} : { "cmi.scaled_passing_score": String(launch.scaledPassingScore) }),
    ...(launch.maxTimeAllowedMs === undefined ? {} : { "cmi.max_time_allowed": formatDuration(launch.maxTimeAllowedMs, "scorm2004") }),
    ...(launch.timeLimitAction === undefined ? {} : { "cmi.time_limit_action": launch.timeLimitAction }),
  };
}
