/**
 * The data models of SCORM 1.1 and 1.2, complete: RTE 1.2, 3.4.4, element by element.
 *
 * In 1.2 an element that was never set reads as an empty string, so every row that is not given by the LMS begins with one.
 */

import { compileTable } from "./data-model-table.js";
import { formatDuration } from "./durations.js";
import {
  cmiDecimal, cmiFeedback, cmiIdentifier, cmiScore, cmiSInteger, cmiString255, cmiString4096, cmiTime, cmiTimespan, comments,
  exit, interactionType, lessonStatus, objectiveStatus, result,
} from "./types-scorm12.js";

/** @typedef {import("./data-model-table.js").Row} Row */
/** @typedef {import("./data-model-table.js").Container} Container */

const section = "3.4.4";
const initial = "";

/** @param {number | undefined} number */
const numberText = (number) => (number === undefined ? "" : String(number));

/** @param {string} element @returns {Row[]} raw, min, max: all normalized to 0 to 100 */
const score = (element) => ["raw", "min", "max"].map((part) => ({ element: `${element}.${part}`, type: cmiScore, access: /** @type {const} */ ("rw"), initial, section }));

/** @type {Container[]} */
const CONTAINERS = [
  { element: "cmi.core", children: "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time", section },
  { element: "cmi.core.score", children: "raw,min,max", section },
  { element: "cmi.objectives", children: "id,score,status", spm: Infinity, section },
  { element: "cmi.objectives.n.score", children: "raw,min,max", section },
  { element: "cmi.student_data", children: "mastery_score,max_time_allowed,time_limit_action", section },
  { element: "cmi.student_preference", children: "audio,language,speed,text", section },
  { element: "cmi.interactions", children: "id,objectives,time,type,correct_responses,weighting,student_response,result,latency", spm: Infinity, section },
  { element: "cmi.interactions.n.objectives", children: null, spm: Infinity, section },
  { element: "cmi.interactions.n.correct_responses", children: null, spm: Infinity, section },
];

/** @type {Row[]} */
const ROWS = [
  { element: "cmi.core.student_id", type: cmiIdentifier, access: "r", launch: (l) => l.learnerId, section },
  { element: "cmi.core.student_name", type: cmiString255, access: "r", launch: (l) => l.learnerName, section },
  { element: "cmi.core.lesson_location", type: cmiString255, access: "rw", initial, section },
  { element: "cmi.core.credit", type: cmiString255, access: "r", launch: (l) => l.credit, section },
  { element: "cmi.core.lesson_status", type: lessonStatus, access: "rw", initial: "not attempted", section },
  { element: "cmi.core.entry", type: cmiString255, access: "r", launch: (l) => l.entry, section },
  ...score("cmi.core.score"),
  { element: "cmi.core.total_time", type: cmiTimespan, access: "r", launch: (l) => formatDuration(l.totalTimeMs, "scorm12"), section },
  { element: "cmi.core.lesson_mode", type: cmiString255, access: "r", launch: (l) => l.mode, section },
  { element: "cmi.core.exit", type: exit, access: "w", initial, ofSession: true, section },
  { element: "cmi.core.session_time", type: cmiTimespan, access: "w", initial, ofSession: true, sessionTime: true, section },
  { element: "cmi.suspend_data", type: cmiString4096, access: "rw", initial, section },
  { element: "cmi.launch_data", type: cmiString4096, access: "r", launch: (l) => l.dataFromLms ?? "", section },
  { element: "cmi.comments", type: comments, access: "rw", initial, appends: true, section },
  { element: "cmi.comments_from_lms", type: cmiString4096, access: "r", initial, section },
  { element: "cmi.objectives.n.id", type: cmiIdentifier, access: "rw", initial, section },
  ...score("cmi.objectives.n.score"),
  { element: "cmi.objectives.n.status", type: objectiveStatus, access: "rw", initial: "not attempted", section },
  { element: "cmi.student_data.mastery_score", type: cmiDecimal, access: "r", launch: (l) => numberText(l.masteryScore), section },
  {
    element: "cmi.student_data.max_time_allowed", type: cmiTimespan, access: "r", section,
    launch: (l) => (l.maxTimeAllowedMs === undefined ? "" : formatDuration(l.maxTimeAllowedMs, "scorm12")),
  },
  { element: "cmi.student_data.time_limit_action", type: cmiString255, access: "r", launch: (l) => l.timeLimitAction ?? "", section },
  { element: "cmi.student_preference.audio", type: cmiSInteger(-1, 100), access: "rw", initial: "0", section },
  { element: "cmi.student_preference.language", type: cmiString255, access: "rw", initial, section },
  { element: "cmi.student_preference.speed", type: cmiSInteger(-100, 100), access: "rw", initial: "0", section },
  { element: "cmi.student_preference.text", type: cmiSInteger(-1, 1), access: "rw", initial: "0", section },
  // Interactions are written only; their counts alone can be read.
  { element: "cmi.interactions.n.id", type: cmiIdentifier, access: "w", initial, section },
  { element: "cmi.interactions.n.objectives.n.id", type: cmiIdentifier, access: "w", initial, section },
  { element: "cmi.interactions.n.time", type: cmiTime, access: "w", initial, section },
  { element: "cmi.interactions.n.type", type: interactionType, access: "w", initial, section },
  { element: "cmi.interactions.n.correct_responses.n.pattern", type: cmiFeedback, access: "w", initial, formByType: true, section },
  { element: "cmi.interactions.n.weighting", type: cmiDecimal, access: "w", initial, section },
  { element: "cmi.interactions.n.student_response", type: cmiFeedback, access: "w", initial, formByType: true, section },
  { element: "cmi.interactions.n.result", type: result, access: "w", initial, section },
  { element: "cmi.interactions.n.latency", type: cmiTimespan, access: "w", initial, section },
];

// What 1.1 has and 1.2 dropped: evaluation comments.
/** @type {Container[]} */
const CONTAINERS_OF_11 = [{ element: "cmi.evaluation.comments", children: "content,location,time", spm: Infinity, section: "1.1 RTE cmi.evaluation" }];
/** @type {Row[]} */
const ROWS_OF_11 = [
  { element: "cmi.evaluation.comments.n.content", type: cmiString255, access: "rw", initial, section: "1.1 RTE cmi.evaluation" },
  { element: "cmi.evaluation.comments.n.location", type: cmiString255, access: "rw", initial, section: "1.1 RTE cmi.evaluation" },
  { element: "cmi.evaluation.comments.n.time", type: cmiTime, access: "rw", initial, section: "1.1 RTE cmi.evaluation" },
];

const VERSION = "3.4";

export const SCORM_12_TABLE = compileTable(CONTAINERS, ROWS, VERSION);
export const SCORM_11_TABLE = compileTable([...CONTAINERS, ...CONTAINERS_OF_11], [...ROWS, ...ROWS_OF_11], VERSION);
