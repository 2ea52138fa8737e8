/**
 * The script of the page that content goes to by its own "Exit". It waits until its document has loaded: the player
 * navigates it away then, and a load of before would be taken for the end of that.
 */
import { returnToPlayer } from "./content-return.js";

window.addEventListener("load", () => window.setTimeout(() => returnToPlayer(window), 0));
