// SPDX-License-Identifier: AGPL-3.0-or-later
// compress - put name.br and name.gz beside each file of a folder that becomes smaller by it, so that
// apid has them ready.
//
//   node scripts/compress.mjs FOLDER

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const BYTES_MIN = 512; // below that headers weigh more
const PACKED = /\.(png|jpg|webp|woff2|br|gz)$/;

const folder = process.argv[2];
if (!folder) {
  process.stderr.write('usage: node scripts/compress.mjs FOLDER\n');
  process.exit(2);
}

const ways = {
  br: (data) => zlib.brotliCompressSync(data, { params: { [zlib.constants.BROTLI_PARAM_SIZE_HINT]: data.length } }),
  gz: (data) => zlib.gzipSync(data, { level: 9 }),
};

for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
  const file = path.join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || PACKED.test(entry.name)) continue;
  const data = readFileSync(file);
  if (data.length < BYTES_MIN) continue;
  for (const [suffix, pack] of Object.entries(ways)) {
    const packed = pack(data);
    if (packed.length < data.length) writeFileSync(`${file}.${suffix}`, packed);
  }
}
