/**
 * What a content's wish to go elsewhere means for the player. Pure.
 *
 * SCORM 2004 content sets `adl.nav.request` and the wish is honoured once it has terminated (RTE 4.2.19; the
 * vocabulary is SN 5.6.4). Sequencing rules are not applied: activities follow one another in the order of the tree.
 *
 * @typedef {{ kind: "none" } | { kind: "open", id: string } | { kind: "rest" } | { kind: "exit" }} Move
 *   `rest`: this activity is left, the course is not; `exit`: the learner leaves the course
 */

/** `{target=item_3}choice` and `{target=item_3}jump` */
const TARGET = /^\{target=(.+)\}(choice|jump)$/;

/**
 * @param {string} request the value of `adl.nav.request`
 * @param {string} current id of the activity that asks
 * @param {import("./course-toc.js").CourseToc} toc
 * @returns {Move}
 */
export function moveFor(request, current, toc) {
  const target = TARGET.exec(request)?.[1];
  if (target !== undefined) return toc.launchable(target) ? { kind: "open", id: target } : { kind: "none" };
  switch (request) {
    case "continue": {
      const next = toc.next(current);
      // Continuing after the last activity ends the course (SN.1, the flow subprocess runs off the tree).
      return next === null ? { kind: "exit" } : { kind: "open", id: next };
    }
    case "previous": {
      const previous = toc.previous(current);
      return previous === null ? { kind: "none" } : { kind: "open", id: previous };
    }
    case "exit":
    case "abandon":
      return toc.order.length > 1 ? { kind: "rest" } : { kind: "exit" };
    case "exitAll":
    case "abandonAll":
    case "suspendAll":
      return { kind: "exit" };
    default:
      return { kind: "none" };
  }
}
