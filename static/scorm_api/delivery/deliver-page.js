/**
 * The script of the delivery page (`GET /player/deliver`), which the player pages of sibling origins embed: delivers all that this
 * origin's journal holds, each registration under its newest token, and then tells the server which registrations have nothing left.
 *
 * @import { DeliveryEnv } from "./shapes.js"
 */
import { createBacklog } from "./backlog.js";
import { createDelivery } from "./delivery.js";
import { createJournal } from "./journal.js";

/**
 * @param {DeliveryEnv} env
 * @returns {Promise<{ delivered: number, left: number }>}
 */
export async function deliverAndSettle(env) {
  const journal = createJournal(env, env.startWorker(() => {}));
  const delivery = createDelivery(env);
  const backlog = createBacklog({ env, journal, delivery, isOurs: () => false, changed: () => {} });
  await journal.load();
  const done = await backlog.deliver();
  const settled = backlog.registrations().filter((registration) => registration.settled);
  await Promise.allSettled(settled.map(({ token }) => settle(env, token)));
  return done;
}

/** @param {DeliveryEnv} env @param {string} token */
function settle(env, token) {
  return env.fetch(`${env.base}/runtime/settle`, {
    method: "POST", body: JSON.stringify({ token }), headers: { "Content-Type": "text/plain;charset=UTF-8" }, keepalive: false,
  });
}
