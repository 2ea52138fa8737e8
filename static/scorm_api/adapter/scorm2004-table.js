/**
 * The data model of SCORM 2004, complete: RTE 4th Ed., 4.2 and 4.3, and the navigation data model of the SN book.
 *
 * The 2nd and 3rd Editions are the same but for `adl.data` and `jump`, which are new in the 4th and hurt nobody.
 */

import { compileTable, TARGET } from "./data-model-table.js";
import { formatDuration } from "./durations.js";
import { checkPatternCount, correctResponsePattern, learnerResponse, patternIdentity } from "./interaction-responses.js";
import { evaluateCompletion, evaluateSuccess } from "./status-rules.js";
import {
  audioCaptioning, characterstring, completionStatus, exit, interactionType, languageOrEmpty, localizedString, longIdentifier,
  moment, navigationRequest, real107, realRange, result, successStatus, timeinterval,
} from "./types-scorm2004.js";

/** @typedef {import("./data-model-table.js").Row} Row */
/** @typedef {import("./data-model-table.js").Container} Container */

/** @param {number | undefined} number */
const numberText = (number) => (number === undefined ? null : String(number));

const NAVIGATION = "SN, navigation data model";
const COMMENT = "comment,location,timestamp";
const SCORE = "scaled,raw,min,max";

/** @type {Container[]} */
const CONTAINERS = [
  { element: "cmi.comments_from_learner", children: COMMENT, spm: 250, section: "4.2.2" },
  { element: "cmi.comments_from_lms", children: COMMENT, spm: 100, fixed: true, section: "4.2.3" },
  { element: "cmi.interactions", children: "id,type,objectives,timestamp,correct_responses,weighting,learner_response,result,latency,description", spm: 250, section: "4.2.9" },
  { element: "cmi.interactions.n.objectives", children: null, spm: 10, section: "4.2.9" },
  { element: "cmi.interactions.n.correct_responses", children: null, spm: Infinity, section: "4.2.9.1" },
  { element: "cmi.learner_preference", children: "audio_level,language,delivery_speed,audio_captioning", section: "4.2.13" },
  { element: "cmi.objectives", children: "id,score,success_status,completion_status,progress_measure,description", spm: 100, section: "4.2.17" },
  { element: "cmi.objectives.n.score", children: SCORE, section: "4.2.17" },
  { element: "cmi.score", children: SCORE, section: "4.2.20" },
  { element: "adl.nav", children: null, section: NAVIGATION },
  { element: "adl.nav.request_valid", children: null, section: NAVIGATION },
  { element: "adl.data", children: "id,store", spm: Infinity, fixed: true, section: "4.3" },
];

/** @param {string} element @param {"r" | "rw"} access @param {string} section @returns {Row[]} */
const comment = (element, access, section) => [
  { element: `${element}.n.comment`, type: localizedString(4000), access, section },
  { element: `${element}.n.location`, type: characterstring(250), access, section },
  { element: `${element}.n.timestamp`, type: moment, access, section },
];

/** @type {readonly ["id"]} */
const entryId = Object.freeze(["id"]);

/** @type {Row[]} */
const ROWS = [
  ...comment("cmi.comments_from_learner", "rw", "4.2.2"),
  ...comment("cmi.comments_from_lms", "r", "4.2.3"),
  { element: "cmi.completion_status", type: completionStatus, access: "rw", initial: "unknown", evaluate: evaluateCompletion, affects: "cmi.completion_status", section: "4.2.4" },
  { element: "cmi.completion_threshold", type: realRange(0, 1), access: "r", launch: (l) => numberText(l.completionThreshold), section: "4.2.5" },
  { element: "cmi.credit", type: characterstring(250), access: "r", launch: (l) => l.credit, section: "4.2.6" },
  { element: "cmi.entry", type: characterstring(250), access: "r", launch: (l) => l.entry, section: "4.2.7" },
  { element: "cmi.exit", type: exit, access: "w", initial: "", ofSession: true, section: "4.2.8" },

  { element: "cmi.interactions.n.id", type: longIdentifier, access: "rw", section: "4.2.9" },
  { element: "cmi.interactions.n.type", type: interactionType, access: "rw", needs: entryId, section: "4.2.9" },
  { element: "cmi.interactions.n.objectives.n.id", type: longIdentifier, access: "rw", needs: entryId, unique: true, section: "4.2.9" },
  { element: "cmi.interactions.n.timestamp", type: moment, access: "rw", needs: entryId, section: "4.2.9" },
  { element: "cmi.interactions.n.correct_responses.n.pattern", type: correctResponsePattern, access: "rw", needs: ["id", "type"], limit: checkPatternCount, identity: patternIdentity, section: "4.2.9.1" },
  { element: "cmi.interactions.n.weighting", type: real107, access: "rw", needs: entryId, section: "4.2.9" },
  { element: "cmi.interactions.n.learner_response", type: learnerResponse, access: "rw", needs: ["id", "type"], section: "4.2.9.2" },
  { element: "cmi.interactions.n.result", type: result, access: "rw", needs: entryId, section: "4.2.9" },
  { element: "cmi.interactions.n.latency", type: timeinterval, access: "rw", needs: entryId, section: "4.2.9" },
  { element: "cmi.interactions.n.description", type: localizedString(250), access: "rw", needs: entryId, section: "4.2.9" },

  { element: "cmi.launch_data", type: characterstring(4000), access: "r", launch: (l) => l.dataFromLms, section: "4.2.10" },
  { element: "cmi.learner_id", type: longIdentifier, access: "r", launch: (l) => l.learnerId, section: "4.2.11" },
  { element: "cmi.learner_name", type: localizedString(250), access: "r", launch: (l) => l.learnerName, section: "4.2.12" },
  { element: "cmi.learner_preference.audio_level", type: realRange(0), access: "rw", initial: "1", section: "4.2.13" },
  { element: "cmi.learner_preference.language", type: languageOrEmpty, access: "rw", initial: "", section: "4.2.13" },
  { element: "cmi.learner_preference.delivery_speed", type: realRange(0), access: "rw", initial: "1", section: "4.2.13" },
  { element: "cmi.learner_preference.audio_captioning", type: audioCaptioning, access: "rw", initial: "0", section: "4.2.13" },
  { element: "cmi.location", type: characterstring(1000), access: "rw", section: "4.2.14" },
  {
    element: "cmi.max_time_allowed", type: timeinterval, access: "r", section: "4.2.15",
    launch: (l) => (l.maxTimeAllowedMs === undefined ? null : formatDuration(l.maxTimeAllowedMs, "scorm2004")),
  },
  { element: "cmi.mode", type: characterstring(250), access: "r", launch: (l) => l.mode, section: "4.2.16" },

  { element: "cmi.objectives.n.id", type: longIdentifier, access: "rw", unique: true, once: true, section: "4.2.17" },
  { element: "cmi.objectives.n.score.scaled", type: realRange(-1, 1), access: "rw", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.score.raw", type: real107, access: "rw", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.score.min", type: real107, access: "rw", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.score.max", type: real107, access: "rw", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.success_status", type: successStatus, access: "rw", initial: "unknown", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.completion_status", type: completionStatus, access: "rw", initial: "unknown", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.progress_measure", type: realRange(0, 1), access: "rw", needs: entryId, section: "4.2.17" },
  { element: "cmi.objectives.n.description", type: localizedString(250), access: "rw", needs: entryId, section: "4.2.17" },

  { element: "cmi.progress_measure", type: realRange(0, 1), access: "rw", affects: "cmi.completion_status", section: "4.2.18" },
  { element: "cmi.scaled_passing_score", type: realRange(-1, 1), access: "r", launch: (l) => numberText(l.scaledPassingScore), section: "4.2.19" },
  { element: "cmi.score.scaled", type: realRange(-1, 1), access: "rw", affects: "cmi.success_status", section: "4.2.20" },
  { element: "cmi.score.raw", type: real107, access: "rw", section: "4.2.20" },
  { element: "cmi.score.min", type: real107, access: "rw", section: "4.2.20" },
  { element: "cmi.score.max", type: real107, access: "rw", section: "4.2.20" },
  { element: "cmi.session_time", type: timeinterval, access: "w", ofSession: true, sessionTime: true, section: "4.2.21" },
  { element: "cmi.success_status", type: successStatus, access: "rw", initial: "unknown", evaluate: evaluateSuccess, affects: "cmi.success_status", section: "4.2.22" },
  { element: "cmi.suspend_data", type: characterstring(64000), access: "rw", section: "4.2.23" },
  { element: "cmi.time_limit_action", type: characterstring(250), access: "r", launch: (l) => l.timeLimitAction ?? "continue,no message", section: "4.2.24" },
  { element: "cmi.total_time", type: timeinterval, access: "r", launch: (l) => formatDuration(l.totalTimeMs, "scorm2004"), section: "4.2.25" },

  { element: "adl.nav.request", type: navigationRequest, access: "rw", initial: "_none_", ofSession: true, section: NAVIGATION },
  // Until the server executes sequencing, nobody knows: "unknown" is the standard's own word for that.
  { element: "adl.nav.request_valid.continue", type: characterstring(250), access: "r", initial: "unknown", section: NAVIGATION },
  { element: "adl.nav.request_valid.previous", type: characterstring(250), access: "r", initial: "unknown", section: NAVIGATION },
  { element: `adl.nav.request_valid.choice.${TARGET}`, type: characterstring(250), access: "r", initial: "unknown", section: NAVIGATION },
  { element: `adl.nav.request_valid.jump.${TARGET}`, type: characterstring(250), access: "r", initial: "unknown", section: NAVIGATION },
  { element: "adl.data.n.id", type: longIdentifier, access: "r", section: "4.3" },
  { element: "adl.data.n.store", type: characterstring(64000), access: "rw", needs: entryId, emptyIsNone: true, section: "4.3" },
];

export const SCORM_2004_TABLE = compileTable(CONTAINERS, ROWS, "1.0");
