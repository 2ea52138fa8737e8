/** The course's side: slides, and what the driver is told of them. Written for SeatTime. */
import { connect } from "../lms/scormdriver.js";
import { recordInteraction12 } from "./lib/scorm.js";
import { packState, startDeck, unpackState } from "./lib/slides.js";

const lms = connect();

startDeck({
  ...unpackState(lms.suspendData),
  onSlide: (deck) => lms.saveSlide(packState(deck)),
  onAnswer(deck, answer) {
    recordInteraction12(lms.api, answer);
    lms.saveSlide(packState(deck));
  },
  onLast: (deck) => lms.complete(deck.percent()),
  onExit() {
    lms.finish();
    // In a window of its own the tool closes it; in a frame this does nothing.
    if (window.opener) window.close();
  },
});

window.addEventListener("pagehide", lms.finish);
