/**
 * The slides of a sample course: shows one `<section class="slide">` at a time, adds the bars above and below,
 * marks answers, and tells the course what happened. It knows nothing of any standard: the course's own script
 * turns these events into SCORM calls or statements.
 *
 * What tests drive: `body[data-slide]` is the number of the slide shown, and the buttons carry
 * `data-action="next" | "back" | "exit" | "answer"`. After the exit `body[data-ended]` is set.
 *
 * @typedef {object} Answer
 * @property {string} id which question, as in `data-question`
 * @property {number} index which question of the course, from 0
 * @property {string} response the letter pressed
 * @property {string} expected the letter that is right
 * @property {boolean} right
 * @property {number} latencyMs from the slide's showing to the answer
 * @property {string} text the question in words
 * @property {Record<string, string>} choices the answers in words, by their letters
 *
 * @typedef {object} Deck
 * @property {() => number} slide the number of the slide shown, from 1
 * @property {number} total
 * @property {() => Record<string, string>} answers question id to letter, as given so far
 * @property {() => number} percent right answers of all questions, 0 to 100; 100 where there are none
 *
 * @typedef {object} DeckEvents
 * @property {number} [slide] where to start, from 1
 * @property {Record<string, string>} [answers] answers given in earlier sessions
 * @property {(deck: Deck) => void} [onSlide] a slide was shown, the first one too
 * @property {(deck: Deck, answer: Answer) => void} [onAnswer]
 * @property {(deck: Deck) => void} [onLast] the last slide was shown, once for each page load; after its onSlide
 * @property {(deck: Deck) => void} [onExit] the learner pressed the exit
 */

/** @param {string} action @param {string} label */
function actionButton(action, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.dataset.action = action;
  button.textContent = label;
  return button;
}

/** @param {string} tag @param {string} className @param {string} [text] */
function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Starts the slides of this page.
 * @param {DeckEvents} events
 * @returns {Deck}
 */
export function startDeck(events) {
  const slides = [...document.querySelectorAll("section.slide")];
  const questions = slides.filter((slide) => slide.dataset.question);
  const total = slides.length;
  const given = { ...events.answers };
  let current = 0;
  let shownAt = 0;
  let lastSeen = false;
  let ended = false;

  const back = actionButton("back", "Back");
  const next = actionButton("next", "Next");
  const exit = actionButton("exit", "Save and leave");
  const where = element("span", "where");
  where.setAttribute("aria-live", "polite");
  const bar = element("span", "");
  const masthead = document.querySelector(".masthead");
  const progress = element("div", "progress");
  const controls = element("nav", "controls");
  controls.setAttribute("aria-label", "Slides");
  progress.append(bar);
  masthead.append(exit);
  masthead.after(progress);
  controls.append(back, where, next);
  document.querySelector("main").after(controls);

  /** @type {Deck} */
  const deck = {
    slide: () => current,
    total,
    answers: () => ({ ...given }),
    percent() {
      const right = questions.filter((slide) => given[slide.dataset.question] === slide.dataset.expected).length;
      return questions.length === 0 ? 100 : Math.round((100 * right) / questions.length);
    },
  };

  /** Shows on a question's buttons what was answered, and the words that go with it. @param {HTMLElement} slide */
  function mark(slide) {
    const response = given[slide.dataset.question];
    if (response === undefined) return;
    for (const button of slide.querySelectorAll('[data-action="answer"]')) {
      button.disabled = true;
      if (button.dataset.value === slide.dataset.expected) button.dataset.mark = "right";
      else if (button.dataset.value === response) button.dataset.mark = "wrong";
    }
    const right = response === slide.dataset.expected;
    slide.querySelector(".feedback").textContent = right ? slide.dataset.yes : slide.dataset.no;
  }

  /** @param {number} number @param {boolean} byHand */
  function show(number, byHand) {
    current = Math.min(Math.max(number, 1), total);
    shownAt = performance.now();
    slides.forEach((slide, index) => slide.classList.toggle("current", index + 1 === current));
    document.body.dataset.slide = String(current);
    where.textContent = `${current} of ${total}`;
    bar.style.width = `${(100 * current) / total}%`;
    back.disabled = current === 1;
    // One exit button only, so that nobody wonders which: on the last slide it takes the place of "Next".
    const last = current === total;
    if (last) next.replaceWith(exit);
    else {
      controls.append(next);
      masthead.append(exit);
    }
    exit.textContent = last ? "Finish" : "Save and leave";
    if (byHand) {
      document.querySelector(".welcome-back")?.remove();
      // A screen reader continues at the new slide's heading; the pointer's user sees no ring there.
      slides[current - 1].querySelector("h1, h2").focus({ preventScroll: true });
      window.scrollTo(0, 0);
    }
    events.onSlide?.(deck);
    if (last && !lastSeen) {
      lastSeen = true;
      events.onLast?.(deck);
    }
  }

  /** @param {HTMLButtonElement} button */
  function answer(button) {
    const slide = button.closest("section.slide");
    const id = slide.dataset.question;
    if (given[id] !== undefined) return;
    given[id] = button.dataset.value;
    mark(slide);
    next.focus({ preventScroll: true });
    events.onAnswer?.(deck, {
      id,
      index: questions.indexOf(slide),
      response: button.dataset.value,
      expected: slide.dataset.expected,
      right: button.dataset.value === slide.dataset.expected,
      latencyMs: Math.round(performance.now() - shownAt),
      text: slide.querySelector("h2").textContent.trim(),
      choices: Object.fromEntries([...slide.querySelectorAll('[data-action="answer"]')].map((each) => [each.dataset.value, each.textContent.trim()])),
    });
  }

  function leave() {
    if (ended) return;
    ended = true;
    events.onExit?.(deck);
    const goodbye = element("section", "slide plain current");
    goodbye.append(element("div", "text"));
    goodbye.firstElementChild.append(
      element("h2", "", current === total ? "That was it. Well done." : "Saved, see you soon."),
      element("p", "", "You can close this course now."),
    );
    document.querySelector("main").replaceChildren(goodbye);
    controls.remove();
    exit.remove();
    document.body.dataset.ended = "true";
  }

  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("button[data-action]");
    if (!button || ended) return;
    if (button.dataset.action === "next") show(current + 1, true);
    if (button.dataset.action === "back") show(current - 1, true);
    if (button.dataset.action === "answer") answer(button);
    if (button.dataset.action === "exit") leave();
  });
  document.addEventListener("keydown", (event) => {
    if (ended || event.altKey || event.ctrlKey || event.metaKey || event.target instanceof HTMLInputElement) return;
    if (event.key === "ArrowRight" && current < total) show(current + 1, true);
    if (event.key === "ArrowLeft" && current > 1) show(current - 1, true);
  });

  for (const slide of slides) slide.querySelector("h1, h2").tabIndex = -1;
  questions.forEach(mark);
  const start = events.slide ?? 1;
  if (start > 1 && start <= total) {
    document.body.dataset.resumed = "true";
    document.querySelector("main").prepend(element("p", "welcome-back", "Welcome back. You left off here."));
  }
  show(start, false);
  return deck;
}

/**
 * The bookmark and the answers as one short string, for suspend_data: `3|q1=b,q2=a`.
 * @param {Deck} deck
 */
export function packState(deck) {
  const answers = Object.entries(deck.answers()).map(([id, letter]) => `${id}=${letter}`);
  return `${deck.slide()}|${answers.join(",")}`;
}

/**
 * Reads what {@link packState} wrote; anything else is a fresh start.
 * @param {string} text
 * @returns {{ slide: number, answers: Record<string, string> }}
 */
export function unpackState(text) {
  const match = /^(\d+)\|((?:\w+=\w+,?)*)$/.exec(text ?? "");
  if (!match) return { slide: 1, answers: {} };
  const pairs = match[2].split(",").filter(Boolean).map((pair) => pair.split("="));
  return { slide: Number(match[1]), answers: Object.fromEntries(pairs) };
}
