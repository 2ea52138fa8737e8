/**
 * The bar above the content: title, who learns, previous and next, exit. Imports only types.
 *
 * @typedef {import("../types.js").LaunchResponse} LaunchResponse
 *
 * @typedef {object} CourseHeader
 * @property {(launch: LaunchResponse) => void} launched
 * @property {(title: string, previous: string | null, next: string | null) => void} activity titles; null where there is none
 * @property {(shown: boolean) => void} exit whether there is something to leave
 */

/** Sessions in these modes are kept apart and not counted (design 3.5); the learner should know before, not after. */
const MODE_WORDS = new Map([
  ["review", "Review"],
  ["browse", "Preview"],
]);

/**
 * @param {object} parts
 * @param {HTMLElement} parts.course the course's title
 * @param {HTMLElement} parts.activity title of the activity, where there are several
 * @param {HTMLElement} parts.chip
 * @param {HTMLElement} parts.mode inside the chip
 * @param {HTMLElement} parts.learner
 * @param {HTMLElement} parts.moves
 * @param {HTMLButtonElement} parts.previous
 * @param {HTMLButtonElement} parts.next
 * @param {HTMLButtonElement} parts.exit
 * @param {HTMLElement} parts.save the indicator's place
 * @returns {CourseHeader}
 */
export function createCourseHeader({ course, activity, chip, mode, learner, moves, previous, next, exit, save }) {
  let several = false;

  /** @param {HTMLButtonElement} button @param {string} word @param {string | null} to */
  const point = (button, word, to) => {
    button.disabled = to === null;
    button.title = to === null ? word : `${word}: ${to}`;
    button.setAttribute("aria-label", button.title);
  };

  return {
    launched(launch) {
      several = Object.keys(launch.activities).length > 1;
      course.textContent = launch.course.title;
      learner.textContent = launch.learner.name;
      const words = MODE_WORDS.get(launch.mode);
      chip.hidden = words === undefined;
      mode.textContent = words ?? "";
      // Before the launch there is nothing that could be saved.
      save.hidden = false;
      moves.hidden = !several;
    },
    activity(name, before, after) {
      activity.textContent = several ? name : "";
      point(previous, "Previous", before);
      point(next, "Next", after);
    },
    exit: (shown) => void (exit.hidden = !shown),
  };
}
