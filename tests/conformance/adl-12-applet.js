/**
 * What ADL's pages for SCORM 1.2 ask of the applet beside them: a log, where the tester is in the course, what the manifest
 * says, and whether a value that GetValue answered has its element's type.
 *
 * A classic script in one function, so that it can be handed to a page as its text: it refers to nothing outside itself.
 */

/**
 * @typedef {Object} Applet12Facts
 * @property {string} learnerId
 * @property {string} learnerName       `Last, First`
 * @property {boolean} otherCredit      the second course is taken without credit
 * @property {boolean} browsed          the second course is browsed
 * @property {Record<string, { launchData: string, masteryScore: string, maxTimeAllowed: string, timeLimitAction: string }>} manifest  by course and SCO: `1.0`
 */

/** Where the tester is, kept from page to page. @typedef {{ current: [number, number], launches: Record<string, number>, at: Record<string, number> }} Applet12State */

/** The suite's numbers. */
export const LOG_TYPES = Object.freeze({ warning: 1, passed: 2, failed: 3 });

/**
 * @param {Applet12Facts} facts
 * @param {Applet12State} state
 * @param {(type: number, message: string) => void} log
 */
export function makeApplet12(facts, state, log) {
  const WORDS = {
    "cmi.core.lesson_status": ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"],
    "cmi.core.credit": ["credit", "no-credit"],
    "cmi.core.entry": ["ab-initio", "resume", ""],
    "cmi.core.lesson_mode": ["browse", "normal", "review"],
    "cmi.student_data.time_limit_action": ["exit,message", "exit,no message", "continue,message", "continue,no message"],
  };
  const FORMS = {
    _children: /^[a-z_]+(?:,[a-z_]+)*$/,
    _count: /^[0-9]+$/,
    _version: /^3\.4$/,
    student_id: /^[!-~]{1,255}$/,
    student_name: /^[^,]+,[^,]+$/,
    id: /^[!-~]{1,255}$/,
    total_time: /^[0-9]{2,4}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,2})?$/,
    max_time_allowed: /^[0-9]{2,4}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,2})?$/,
    raw: /^(?:-?[0-9]+(?:\.[0-9]+)?)?$/,
    min: /^(?:-?[0-9]+(?:\.[0-9]+)?)?$/,
    max: /^(?:-?[0-9]+(?:\.[0-9]+)?)?$/,
    mastery_score: /^-?[0-9]+(?:\.[0-9]+)?$/,
    audio: /^-?[0-9]{1,3}$/,
    speed: /^-?[0-9]{1,3}$/,
    text: /^(?:-1|0|1)$/,
    status: /^(?:passed|completed|failed|incomplete|browsed|not attempted)$/,
  };
  const LONGEST = { "cmi.suspend_data": 4096, "cmi.launch_data": 4096, "cmi.comments": 4096, "cmi.comments_from_lms": 4096 };
  const verifyElementType = (name, value) => {
    const words = WORDS[name];
    const form = FORMS[name.slice(name.lastIndexOf(".") + 1)];
    const fits = words !== undefined ? words.includes(value) : form !== undefined ? form.test(value) : value.length <= (LONGEST[name] ?? 255);
    return String(fits);
  };
  const sco = () => state.current.join(".");
  const of = (course, number) => facts.manifest[`${course}.${number}`];
  return {
    writeLogEntry: (type, message) => log(type, String(message)),
    verifyElementType,
    getCourseOneCurrentSCOIndex: () => state.at["1"] ?? -1,
    getCourseTwoCurrentSCOIndex: () => state.at["2"] ?? -1,
    setCourseOneCurrentSCOIndex: (number) => void (state.at["1"] = number),
    setCourseTwoCurrentSCOIndex: (number) => void (state.at["2"] = number),
    setCurrentSCO: (course, number) => {
      state.current = [course, number];
      state.at[course] = number;
    },
    getCurrentSCOLaunchCount: () => state.launches[sco()] ?? 0,
    setCurrentSCOLaunchCount: (count) => void (state.launches[sco()] = count),
    getStudentId: () => facts.learnerId,
    getStudentName: () => facts.learnerName,
    getClaimCreditSupport: () => facts.otherCredit,
    getClaimModeSupport: () => facts.browsed,
    getCourseOneCPImport: () => true,
    getCourseTwoCPImport: () => true,
    getSCOCPLaunchData: (course, number) => of(course, number).launchData,
    getSCOCPMasteryScore: (course, number) => of(course, number).masteryScore,
    getSCOCPMaxTimeAllowed: (course, number) => of(course, number).maxTimeAllowed,
    getSCOCPTimeLimitAction: (course, number) => of(course, number).timeLimitAction,
    setAPIConformant: () => undefined,
    setApiConformant: () => undefined,
    setCurrentSCOStatus: () => undefined,
    setDMAllOptional: () => undefined,
    setDMMandatory: () => undefined,
    setDMSomeOptional: () => undefined,
    setLaunchConformant: () => undefined,
    setSessionCompleted: () => undefined,
  };
}
