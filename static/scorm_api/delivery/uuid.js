/**
 * Ids of sessions. `crypto.randomUUID` is missing on plain-HTTP addresses, so a version 7 UUID (RFC 9562, 5.7) is made from the time and
 * random bytes. It is made in the document and kept nowhere but in the journal: a URL or sessionStorage would be copied into a
 * duplicated tab.
 *
 * Version 7, because two sessions of one page may hold the same order number (offline, no lease comes between them): then the greater id
 * is the later session, everywhere.
 */

/**
 * @param {(count: number) => Uint8Array} randomBytes `crypto.getRandomValues` or a stand-in
 * @returns {(ms: number) => string} makes an id; `ms`: server time. Each id is greater than the ones made before it
 */
export function createUuidMaker(randomBytes) {
  let last = -1;
  return (ms) => {
    last = Math.max(last + 1, Math.round(ms));
    const bytes = randomBytes(10);
    const digits = (/** @type {number} */ index) => (bytes[index] ?? 0).toString(16).padStart(2, "0");
    const time = last.toString(16).padStart(12, "0");
    const version = 0x70 | ((bytes[0] ?? 0) & 0x0f);
    const variant = 0x80 | ((bytes[2] ?? 0) & 0x3f);
    const tail = [4, 5, 6, 7, 8, 9].map(digits).join("");
    return `${time.slice(0, 8)}-${time.slice(8)}-${version.toString(16)}${digits(1)}-${variant.toString(16)}${digits(3)}-${tail}`;
  };
}
