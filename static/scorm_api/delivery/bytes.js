/** Sizes on the wire are bytes of UTF-8, not characters: 64 000 Chinese characters are 192 000 bytes. */

const encoder = new TextEncoder();

/** @param {string} text */
export function byteLength(text) {
  return encoder.encode(text).length;
}
