// SPDX-License-Identifier: EUPL-1.2
/** Writes a 256 × 256 RGBA picture as PNG. */

import { crc32, deflateSync } from "node:zlib";

function crc(buffer) {
  if (crc32) return crc32(buffer);
  let value = ~0;
  for (const byte of buffer) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return ~value >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

/** `pixel(column, row)` gives [red, green, blue, alpha]. */
export function png(pixel) {
  const rows = Buffer.alloc(256 * (256 * 4 + 1));
  for (let row = 0; row < 256; row++) {
    for (let column = 0; column < 256; column++) {
      rows.set(pixel(column, row), row * 1025 + 1 + column * 4);
    }
  }
  const head = Buffer.from([0, 0, 1, 0, 0, 0, 1, 0, 8, 6, 0, 0, 0]);
  const sign = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    sign,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}
