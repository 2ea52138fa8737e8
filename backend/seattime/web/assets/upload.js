/**
 * Upload by drag and drop, with a progress bar for the sending and then for the import. Several files go one after another.
 */

const POLL_MS = 400;

/** @typedef {{status: string, message: string, done_bytes: number, total_bytes: number, course_url: string | null}} Job */

/** @param {HTMLFormElement} form */
export function enhanceUpload(form) {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-status]");
  if (!(input instanceof HTMLInputElement) || !(status instanceof HTMLElement)) return;
  const zone = form.closest("[data-drop]") ?? form;
  const submit = form.querySelector("[data-plain]");
  const pick = form.querySelector("[data-pick]");
  if (submit instanceof HTMLElement && pick instanceof HTMLElement) {
    submit.hidden = true;
    input.hidden = true;
    pick.hidden = false;
    pick.addEventListener("click", () => input.click());
  }
  let busy = false;

  /** @param {File[]} files */
  const take = async (files) => {
    if (busy || files.length === 0) return;
    busy = true;
    let address = null;
    let refused = false;
    status.replaceChildren();
    for (const file of files) {
      const line = new Line(status, file.name);
      try {
        const job = await follow(await send(form, file, (part) => line.show("Sending", part)), (part) => line.show("Importing", part));
        address = job.course_url;
        line.done();
      } catch (error) {
        refused = true;
        line.fail(error instanceof Error ? error.message : String(error));
      }
    }
    busy = false;
    input.value = "";
    if (refused) return;
    if (files.length === 1 && address) location.assign(address);
    else location.reload();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void take([...(input.files ?? [])]);
  });
  input.addEventListener("change", () => void take([...(input.files ?? [])]));

  let depth = 0; // dragenter and dragleave also come from the elements inside
  document.addEventListener("dragenter", () => zone.classList.toggle("over", ++depth > 0));
  document.addEventListener("dragleave", () => zone.classList.toggle("over", --depth > 0));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault(); // a file dropped beside the zone would replace the page
    depth = 0;
    zone.classList.remove("over");
    void take([...(event.dataTransfer?.files ?? [])]);
  });
}

/** One file's line: its name, what happens to it, a bar. */
class Line {
  /** @param {HTMLElement} parent @param {string} name */
  constructor(parent, name) {
    this.box = document.createElement("div");
    this.words = document.createElement("div");
    this.words.className = "progress-line";
    this.name = document.createElement("span");
    this.name.textContent = name;
    this.step = document.createElement("span");
    this.bar = document.createElement("progress");
    this.bar.max = 1;
    this.bar.setAttribute("aria-label", name);
    this.words.append(this.name, this.step);
    this.box.append(this.words, this.bar);
    parent.append(this.box);
  }

  /** @param {string} step @param {number | null} part 0 to 1, null where it is not known */
  show(step, part) {
    this.step.textContent = part === null ? `${step} …` : `${step} ${Math.floor(part * 100)} %`;
    if (part === null) this.bar.removeAttribute("value");
    else this.bar.value = part;
  }

  done() {
    this.bar.value = 1;
    this.step.textContent = "Done";
  }

  /** @param {string} sentence */
  fail(sentence) {
    const notice = document.createElement("div");
    notice.className = "notice error";
    notice.setAttribute("role", "alert");
    notice.textContent = sentence;
    this.box.replaceChildren(notice);
  }
}

/**
 * Sends the file and answers with the address of its import job. XMLHttpRequest, because fetch tells nothing about sending.
 *
 * @param {HTMLFormElement} form
 * @param {File} file
 * @param {(part: number | null) => void} show
 * @returns {Promise<string>}
 */
function send(form, file, show) {
  return new Promise((resolve, reject) => {
    const data = new FormData(form);
    data.delete("package");
    data.append("package", file);
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => show(event.lengthComputable ? event.loaded / event.total : null));
    request.upload.addEventListener("load", () => show(null));
    request.addEventListener("error", () => reject(new Error(`${file.name} could not be sent: the connection broke. Nothing was imported; try again.`)));
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status < 300 && typeof answer?.job_url === "string") resolve(answer.job_url);
      else reject(new Error(answer?.message ?? `${file.name} was refused by the server (${request.status}).`));
    });
    show(0);
    request.send(data);
  });
}

/**
 * Asks for the import job until it is over. Rejects with the sentence of a refusal.
 *
 * @param {string} address
 * @param {(part: number | null) => void} show
 * @returns {Promise<Job>}
 */
async function follow(address, show) {
  for (;;) {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    /** @type {Job} */
    const job = await response.json();
    if (!response.ok || job.status === "ERROR") throw new Error(job.message);
    if (job.status === "COMPLETE") return job;
    show(job.total_bytes ? Math.min(1, job.done_bytes / job.total_bytes) : null);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
