/**
 * The launch client, with the adapters that a launch needs: once it answers, those of every activity can be made at once and without the
 * network. Guarantee: nothing else is changed of what the server said. Knows the loader by what it does only.
 *
 * @typedef {import("../types.js").ActivityStart} ActivityStart
 * @typedef {import("./launch-client.js").LaunchClient} LaunchClient
 * @typedef {ReturnType<typeof import("./api-exposure.js").standardOf>} Standard
 */
import { standardOf } from "./api-exposure.js";
import { LaunchError } from "./launch-client.js";

/** @param {Pick<ActivityStart, "expose" | "standard">[]} activities @returns {Set<Standard>} */
function standardsOf(activities) {
  return new Set(activities.flatMap(({ expose, standard }) => expose.map((name) => standardOf(name, standard))));
}

/**
 * @param {LaunchClient} client
 * @param {(standards: Iterable<Standard>) => Promise<void>} load
 * @returns {LaunchClient}
 */
export function launchWithAdapters(client, load) {
  return {
    async launch(link, activity) {
      const answer = await client.launch(link, activity);
      try {
        await load(standardsOf(Object.values(answer.activities)));
      } catch {
        throw new LaunchError("offline", 0);
      }
      return answer;
    },

    async newest(token, activity, limitMs) {
      const newest = await client.newest(token, activity, limitMs);
      try {
        if (newest !== null) await load(standardsOf([newest.activity]));
        return newest;
      } catch {
        return null;
      }
    },
  };
}
