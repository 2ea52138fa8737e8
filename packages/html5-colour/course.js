/** No LMS, no API, no manifest: the slides and a thing to play with. The place is kept in the address. */
import { startDeck } from "./shared/slides.js";

const lamps = [...document.querySelectorAll("input[data-lamp]")];

function mix() {
  const [red, green, blue] = lamps.map((lamp) => Number(lamp.value));
  document.querySelector("#mixed").style.background = `rgb(${red} ${green} ${blue})`;
  document.querySelector("#code").textContent = `red ${red}, green ${green}, blue ${blue}`;
}

for (const lamp of lamps) lamp.addEventListener("input", mix);
mix();

const place = /^#slide=(\d+)$/.exec(window.location.hash);
startDeck({
  slide: place ? Number(place[1]) : 1,
  // replaceState leaves no trail: "Back" still leaves the course.
  onSlide: (deck) => window.history.replaceState(null, "", `#slide=${deck.slide()}`),
});
