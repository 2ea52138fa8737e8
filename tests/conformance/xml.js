/**
 * As much XML as ADL's manifests need: elements with attributes and text, prefixes cut off. Not for anything else.
 */

/** @typedef {{ name: string, attributes: Record<string, string>, children: Node[], text: string }} Node */

const TOKEN = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<![^>]*>|<\/([^\s>]+)\s*>|<([^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/g;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", '"'], ["apos", "'"]]);

/** @param {string} text @returns {Node} */
export function parseXml(text) {
  const root = newNode("", {});
  const open = [root];
  for (const [, closing, name, attributes = "", empty, characters] of text.matchAll(TOKEN)) {
    const current = /** @type {Node} */ (open.at(-1));
    if (characters !== undefined) current.text += decode(characters);
    else if (closing !== undefined) open.pop();
    else if (name !== undefined) {
      const node = newNode(local(name), readAttributes(attributes));
      current.children.push(node);
      if (empty === "") open.push(node);
    }
  }
  return root;
}

/** Every element of that name inside of `node`, in the document's order. @param {Node} node @param {string} name @returns {Node[]} */
export function all(node, name) {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...all(child, name)]);
}

/** A child's. @param {Node} node @param {string} name @returns {Node | undefined} */
export function child(node, name) {
  return node.children.find((each) => each.name === name);
}

/** @param {string} name @param {Record<string, string>} attributes @returns {Node} */
function newNode(name, attributes) {
  return { name, attributes, children: [], text: "" };
}

/** @param {string} name */
function local(name) {
  return name.slice(name.indexOf(":") + 1);
}

/** @param {string} text */
function readAttributes(text) {
  /** @type {[string, string][]} */
  const pairs = [];
  for (const [, name = "", double, single] of text.matchAll(ATTRIBUTE)) pairs.push([local(name), decode(double ?? single ?? "")]);
  return Object.fromEntries(pairs);
}

/** @param {string} text */
function decode(text) {
  return text.replace(/&(\w+);/g, (whole, /** @type {string} */ name) => ENTITIES.get(name) ?? whole);
}
