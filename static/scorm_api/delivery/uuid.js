/**
 * A session's id. `crypto.randomUUID` is missing on plain-HTTP addresses, so a version 4 UUID (RFC 9562, 5.4) is made from random bytes.
 * It is made in the document and kept nowhere but in the journal: a URL or sessionStorage would be copied into a duplicated tab.
 */

/**
 * @param {(count: number) => Uint8Array} randomBytes `crypto.getRandomValues` or a stand-in
 * @returns {string}
 */
export function createUuid(randomBytes) {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
