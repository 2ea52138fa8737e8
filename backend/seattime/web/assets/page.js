/**
 * What every page does once it is loaded. Each part is a convenience: without scripts the pages work, in UTC and without progress bars.
 */

import { showLocalTimes } from "./local-times.js";
import { enhanceUpload } from "./upload.js";
import { addCopyButtons } from "./copy-buttons.js";
import { askBeforeSubmit } from "./ask-before-submit.js";
import { keepLive } from "./live-regions.js";

keepLive(document, showLocalTimes);
showLocalTimes(document);
addCopyButtons(document);
askBeforeSubmit(document);
for (const form of document.querySelectorAll("form[data-upload]")) {
  if (form instanceof HTMLFormElement) enhanceUpload(form);
}
for (const control of document.querySelectorAll("[data-submit-on-change]")) {
  control.addEventListener("change", () => /** @type {HTMLInputElement} */ (control).form?.requestSubmit());
}
