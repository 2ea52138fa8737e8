/**
 * Runs the measures in headless Chromium: a page of this folder, served on loopback, sends back what it measured.
 */

import { spawn } from "node:child_process";
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WITHIN_MS = 300_000;
const PAGE = `<!doctype html><title>Adapter</title><script type="module">
import { measureAll } from "/benchmarks/adapter/measures.js";
let body;
try {
  body = { engine: navigator.userAgent, rows: measureAll(new URLSearchParams(location.search).get("word") ?? "") };
} catch (error) {
  body = { error: String(error?.stack ?? error) };
}
await fetch("/measured", { method: "POST", body: JSON.stringify(body) });
</script>`;

/** @param {import("node:http").IncomingMessage} request */
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

/**
 * `SEATTIME_CHROMIUM`, or `chromium` in PATH.
 *
 * @param {string} word
 * @returns {Promise<{ engine: string, rows: ReturnType<import("./measures.js").measureAll> }>}
 */
export async function measureInChromium(word) {
  const profile = await mkdtemp(join(tmpdir(), "adapter-benchmark-"));
  /** @type {(body: any) => void} */
  let measured = () => undefined;
  /** @type {Promise<any>} */
  const result = new Promise((resolve) => (measured = resolve));
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST") measured(JSON.parse(await bodyOf(request)));
    if (pathname === "/") return void response.setHeader("Content-Type", "text/html").end(PAGE);
    if (request.method === "POST" || !pathname.endsWith(".js") || pathname.includes("..")) return void response.writeHead(404).end();
    response.setHeader("Content-Type", "text/javascript").end(await readFile(join(ROOT, pathname)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const browser = spawn(
    process.env.SEATTIME_CHROMIUM ?? "chromium",
    ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/?word=${encodeURIComponent(word)}`],
    { stdio: "ignore" },
  );
  const gone = new Promise((_resolve, reject) => browser.on("error", reject).on("exit", () => reject(new Error("Chromium ended early"))));
  const late = setTimeout(() => measured({ error: "Chromium sent nothing in time" }), WITHIN_MS);
  try {
    const body = await Promise.race([result, gone]);
    if (body.error !== undefined) throw new Error(body.error);
    return body;
  } finally {
    clearTimeout(late);
    gone.catch(() => undefined);
    const ended = new Promise((resolve) => browser.once("exit", resolve));
    if (browser.exitCode === null && browser.kill()) await ended;
    server.closeAllConnections();
    server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
