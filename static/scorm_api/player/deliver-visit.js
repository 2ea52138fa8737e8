/**
 * The script of the delivery page: delivers what this origin's journal holds, then tells the player that framed it that
 * its frame is no longer needed. The message says nothing else, so any origin may hear it.
 */
import { browserEnv } from "../delivery/browser-env.js";
import { deliverAndSettle } from "../delivery/deliver-page.js";

void deliverAndSettle(browserEnv()).finally(() => window.parent.postMessage({ seattime: "delivered" }, "*"));
