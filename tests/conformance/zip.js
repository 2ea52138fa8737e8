/** Reads a zip into memory: as much as ADL's course packages need (stored and deflated files, no encryption, no zip64). */

import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const DEFLATED = 8;

/** @param {string} file @returns {Map<string, Buffer>} content by name */
export function readZip(file) {
  const data = readFileSync(file);
  let end = data.length - END_SIZE;
  while (end >= 0 && data.readUInt32LE(end) !== END) end--;
  if (end < 0) throw new Error(`${file} is no zip`);
  const files = new Map();
  let at = data.readUInt32LE(end + 16);
  for (let i = 0; i < data.readUInt16LE(end + 10); i++) {
    const name = data.toString("utf8", at + CENTRAL_SIZE, at + CENTRAL_SIZE + data.readUInt16LE(at + 28));
    const local = data.readUInt32LE(at + 42);
    const begin = local + LOCAL_SIZE + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
    const packed = data.subarray(begin, begin + data.readUInt32LE(at + 20));
    if (!name.endsWith("/")) files.set(name, data.readUInt16LE(at + 10) === DEFLATED ? inflateRawSync(packed) : packed);
    at += CENTRAL_SIZE + data.readUInt16LE(at + 28) + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
  }
  return files;
}
