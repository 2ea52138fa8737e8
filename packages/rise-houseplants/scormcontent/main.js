/** The course in the inner frame; all that it tells the LMS goes through the outer page. Written for SeatTime. */
import { packState, startDeck, unpackState } from "./lib/slides.js";

const driver = window.parent.courseDriver;
const kept = unpackState(driver.suspendData);
const place = /^#\/slides\/(\d+)$/.exec(driver.location);

startDeck({
  answers: kept.answers,
  slide: place ? Number(place[1]) : 1,
  onSlide: (deck) => driver.saveSlide(deck.slide(), packState(deck)),
  onAnswer(deck, answer) {
    driver.recordAnswer(answer);
    driver.saveSlide(deck.slide(), packState(deck));
  },
  onLast: (deck) => driver.complete(deck.percent()),
  onExit: () => driver.finish(),
});
