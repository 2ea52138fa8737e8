/**
 * What the random sequences say: names of elements, and values for each of them. Mostly what content means to say, and in
 * between what it gets wrong: indices, the other standard's times and words, values of another type, names that do not exist.
 */

import { SCORM_12_TABLE } from "../../../static/scorm_api/adapter/scorm12-table.js";
import { SCORM_2004_TABLE } from "../../../static/scorm_api/adapter/scorm2004-table.js";

export const TABLES = { scorm12: SCORM_12_TABLE, scorm2004: SCORM_2004_TABLE };

/** Good and bad alike: every element is tried with each of them once (differential.test.js), and now and then by chance. */
export const VALUES = [
  "", " ", "0", "1", "0.5", ".5", "7.", "80", "100", "101", "-1", "-0.5", "1e2", "+5", "32769", "0.12345678", "abc", "true", "false", "t", "passed", "completed", "failed", "incomplete", "not attempted",
  "browsed", "unknown", "imcomplete", "Passed", "suspend", "logout", "time-out", "normal", "00:00:05", "0000:00:05.25", "10:20:30", "24:00:00", "1:2:3", "PT5S", "P1DT2H3M4.25S", "PT1,5H", "PT", "P1W", "choice",
  "other", "long-fill-in", "correct", "wrong", "incorrect", "neutral", "en", "en-GB", "eng", "x-klingon", "english", "x y", "id_1", "urn:a:b", "urn:", "a,b", "{a,b}", "a[,]b", "a[,]a", "1[:]2", "2[:]1", "a[.]b", "1.a,2.b",
  "{lang=en}x", "{lang=", "{case_matters=true}x", "{order_matters=false}a[,]b", "2024-05-06T07:08:09.12Z", "2024-05-06T07:08:09.123Z", "2024-02-30", "2024", "1969", "continue", "previous", "_none_", "exitAll",
  "{target=a}choice", "{target=a}jump", "choice{target=a}", "ünïcödé ☃", "a".repeat(251), "a".repeat(256), "a".repeat(1001), "a".repeat(4097),
];

/** By the end of an element's name, what content means to say. */
const MEANT = {
  scorm12: [
    [/lesson_status$|objectives\.\d+\.status$/, ["passed", "completed", "failed", "incomplete", "browsed"]],
    [/score\.(?:raw|min|max)$/, ["0", "85.5", "100"]],
    [/exit$/, ["suspend", "", "logout", "time-out"]],
    [/session_time$|latency$/, ["00:00:05", "0000:01:30.25"]],
    [/interactions\.\d+\.time$/, ["10:20:30", "23:59:59.99"]],
    [/type$/, ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"]],
    [/result$/, ["correct", "wrong", "neutral", "0.75"]],
    [/weighting$/, ["1", "0.5", "-2"]],
    [/student_response$|pattern$/, ["t", "a", "a,b", "{a,b}", "1.a,2.b", "7", "some text"]],
    [/\.(?:audio|speed)$/, ["-1", "0", "50", "100"]],
    [/\.text$/, ["-1", "0", "1"]],
    [/\.id$/, ["id_1", "id_2", "Slide3_Q2"]],
  ],
  scorm2004: [
    [/completion_status$/, ["completed", "incomplete", "not attempted", "unknown"]],
    [/success_status$/, ["passed", "failed", "unknown"]],
    [/scaled$/, ["0", "0.85", "-1", "1"]],
    [/progress_measure$/, ["0", "0.5", "1"]],
    [/score\.(?:raw|min|max)$|weighting$/, ["0", "85.5", "100", "-2"]],
    [/exit$/, ["suspend", "normal", "", "logout", "time-out"]],
    [/session_time$|latency$/, ["PT5S", "PT1M30.25S", "P1DT2H"]],
    [/timestamp$/, ["2024-05-06T07:08:09.12Z", "2024-05-06T07:08:09"]],
    [/type$/, ["true-false", "choice", "fill-in", "long-fill-in", "likert", "matching", "performance", "sequencing", "numeric", "other"]],
    [/result$/, ["correct", "incorrect", "neutral", "0.75"]],
    [/learner_response$|pattern$/, ["true", "a", "a[,]b", "a[.]b", "a[.]b[,]c[.]d", "1[:]2", "7", "{lang=en}some text", "some text"]],
    [/audio_level$|delivery_speed$/, ["0", "1", "2.5"]],
    [/audio_captioning$/, ["-1", "0", "1"]],
    [/language$/, ["en", "en-GB", ""]],
    [/nav\.request$/, ["continue", "previous", "exitAll", "_none_", "{target=a}choice"]],
    [/\.id$/, ["id_1", "id_2", "urn:a:b"]],
  ],
};
const TEXT = ["page 3", "a=1;b=2", "some text"];

/** @param {"scorm12" | "scorm2004"} standard @param {string} element */
export function meant(standard, element) {
  return MEANT[standard].find(([form]) => form.test(element))?.[1] ?? TEXT;
}

/** Names that no table has, or another standard's. */
export const FOREIGN = [
  "", "cmi", "cmi.", "cmi..core", "cmi.nothing", "cmi.core.nothing", "cmi.core", "cmi.objectives", "cmi.objectives.0", "cmi.interactions.0.nothing", "CMI.core.exit", "nothing.at.all", "cmi.core.score._count",
  "cmi.suspend_data._children", "cmi.core.lesson_status._count", "cmi.core._version", "cmi.location._version", "cmi.interactions._version", "cmi.objectives.-1.id", "cmi.objectives.01.id", "cmi.objectives.n.id",
  "cmi.objectives.x.id", "cmi.objectives.1.5.id", "cmi.interactions.999.id", "cmi.core.lesson_status", "cmi.completion_status", "cmi.score.raw", "cmi.core.score.raw", "cmi.core.score.scaled", "cmi.student_preference.audio",
  "cmi.learner_preference.audio_level", "cmi.comments_from_learner._count", "cmi.comments", "adl.nav.request", "adl.nav.request_valid.continue", "adl.nav.request_valid.choice.{target=a}", "adl.nav.nothing", "adl.data._count",
];

/** What is no string, and still is written by content. */
export const NOT_STRINGS = [0, 1, 85.5, -1, NaN, true, false, undefined, null];
