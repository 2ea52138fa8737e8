/**
 * Makes one element's inside like another's by changing only what differs, so that what a person did there stays: focus,
 * selected text, what was typed, which disclosures are open.
 *
 * Children belong together by `id` or `data-key`, else by their order and kind.
 *
 * @param {Element} now in the page; is changed
 * @param {Element} next what it should be like
 */
export function patchTree(now, next) {
  patchAttributes(now, next);
  // the script that writes moments in the reader's time zone has been here; the same moment stays as it is
  if (now instanceof HTMLTimeElement && now.hasAttribute("data-shown") && now.getAttribute("data-shown") === next.getAttribute("datetime")) return;
  patchChildren(now, next);
}

/** @param {Element} now @param {Element} next */
function patchAttributes(now, next) {
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && !isPersons(now, name)) now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value && !isPersons(now, name)) now.setAttribute(name, value);
  }
}

/** Whether a person or a script of ours set it, and not the server. What was typed is no attribute. @param {Element} element @param {string} name */
function isPersons(element, name) {
  return (element instanceof HTMLDetailsElement && name === "open") || name === "data-shown";
}

/** @param {Element} now @param {Element} next */
function patchChildren(now, next) {
  const keyed = new Map([...now.children].flatMap((child) => (keyOf(child) === null ? [] : [[keyOf(child), child]])));
  /** @type {ChildNode | null} */
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const key = keyOf(wanted);
    /** @type {ChildNode | null} */
    const found = key === null ? sameKindFrom(at, wanted) : (keyed.get(key) ?? null);
    if (found === null || found.nodeName !== wanted.nodeName) {
      now.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (key === null) while (at !== found) at = removed(at);
    if (found === at) at = at.nextSibling;
    else now.insertBefore(found, at);
    if (found instanceof Element && wanted instanceof Element) patchTree(found, wanted);
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  while (at !== null) at = removed(at);
}

/** @param {Node} node @returns {string | null} */
function keyOf(node) {
  return node instanceof Element ? node.id || node.getAttribute("data-key") : null;
}

/**
 * The next child that can become `wanted`, up to the next one with a name.
 *
 * @param {ChildNode | null} from
 * @param {Node} wanted
 * @returns {ChildNode | null}
 */
function sameKindFrom(from, wanted) {
  for (let each = from; each !== null && keyOf(each) === null; each = each.nextSibling) {
    if (each.nodeName === wanted.nodeName) return each;
  }
  return null;
}

/** Takes a child away. @param {ChildNode | null} child @returns {ChildNode | null} the one after it */
function removed(child) {
  const after = child?.nextSibling ?? null;
  child?.remove();
  return after;
}
