/**
 * A delivery visit (`GET /player/deliver`): delivers all that this origin's journal holds, and then tells the server of which launches
 * nothing is left here, so that no player page has to look again.
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
  await Promise.allSettled(backlog.settled().map((token) => settle(env, token)));
  return done;
}

/** @param {DeliveryEnv} env @param {string} token */
function settle(env, token) {
  return env.fetch(`${env.base}/runtime/settle`, {
    method: "POST", body: JSON.stringify({ token }), headers: { "Content-Type": "text/plain;charset=UTF-8" }, keepalive: false,
  });
}
