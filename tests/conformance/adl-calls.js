/**
 * Makes the calls of a visit. One function that refers to nothing outside itself, so that a page can be handed its text.
 */

/** The API's eight functions. @typedef {Readonly<Record<string, (...args: string[]) => string>>} Api2004 */

/**
 * @param {Api2004} api
 * @param {readonly import("./adl-test-case.js").Command[]} commands
 * @returns {import("./adl-evaluator.js").Result[]}
 */
export function callAll(api, commands) {
  /** `adl.data.&id&.store`: the entry with that id; null where there is none. @param {string} argument */
  const withIndex = (argument) => {
    const [before = "", id, after = ""] = argument.split("&");
    if (id === undefined) return argument;
    const collection = before.includes("data") ? "adl.data" : "cmi.objectives";
    const count = Number(api.GetValue(`${collection}._count`));
    for (let i = 0; i < count; i++) if (api.GetValue(`${collection}.${i}.id`) === id) return `${before}${i}${after}`;
    return null;
  };
  return commands.map((command) => {
    const name = command.call.slice("do".length);
    const argument = withIndex(command.argument);
    if (argument === null) return { argument, returned: "", code: "" };
    const returned = String(name === "SetValue" ? api.SetValue(argument, command.value) : api[name]?.(argument));
    return { argument, returned, code: api.GetLastError("") };
  });
}
