/**
 * The learner's tabs: frames with the real player. They are closed as a phone closes a tab: nobody asks the course.
 *
 * @typedef {object} Tabs
 * @property {(address: string) => void} open
 * @property {() => void} closeNewest
 * @property {() => number} count
 * @property {() => boolean} inCourse whether a course is there in one of them
 * @property {() => void} networkIsBack tells them, as a browser does
 *
 * @param {HTMLElement} place
 * @param {() => void} changed a tab was closed by its own button
 * @returns {Tabs}
 */
export function createTabs(place, changed) {
  /** @type {{ box: HTMLElement, frame: HTMLIFrameElement }[]} */
  const tabs = [];

  function nameAll() {
    tabs.forEach(({ box, frame }, index) => {
      const name = index === 0 ? "First tab" : "Second tab";
      const caption = box.querySelector("span");
      if (caption) caption.textContent = name;
      box.querySelector("button")?.setAttribute("aria-label", `Close the ${name.toLowerCase()}`);
      frame.title = `The course, ${name.toLowerCase()}`;
    });
  }

  /** At once, as a phone does: the frame is taken away as it is. @param {HTMLElement} box */
  function close(box) {
    const index = tabs.findIndex((tab) => tab.box === box);
    if (index < 0) return;
    tabs.splice(index, 1);
    box.remove();
    nameAll();
  }

  return {
    open(address) {
      const box = document.createElement("figure");
      box.className = "demo-tab";
      const caption = document.createElement("figcaption");
      const name = document.createElement("span");
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "×";
      button.addEventListener("click", () => {
        close(box);
        changed();
      });
      caption.append(name, button);
      const frame = document.createElement("iframe");
      frame.allow = "autoplay; fullscreen";
      frame.src = address;
      box.append(caption, frame);
      place.append(box);
      tabs.push({ box, frame });
      nameAll();
    },
    closeNewest() {
      const newest = tabs.at(-1);
      if (newest) close(newest.box);
    },
    count: () => tabs.length,
    inCourse: () => tabs.some(({ frame }) => hasCourse(frame)),
    networkIsBack() {
      for (const { frame } of tabs) frame.contentWindow?.dispatchEvent(new Event("online"));
    },
  };
}

/** @param {HTMLIFrameElement} frame */
function hasCourse(frame) {
  // of another window: `instanceof` of ours would not know it
  const content = /** @type {HTMLIFrameElement | null | undefined} */ (frame.contentDocument?.querySelector("#stage iframe"));
  const page = content?.contentDocument;
  return page?.readyState === "complete" && page.URL !== "about:blank";
}
