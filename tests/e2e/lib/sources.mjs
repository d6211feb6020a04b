// SPDX-License-Identifier: AGPL-3.0-or-later
// sources - folders of files that clients are pulled from, and the daemon that pulls them, beside a Service.
//
//   const sources = await Sources.open(service);
//   sources.drop('crm', '1.csv', [['Код', 'Телефон'], ['a1', '+79160000001']]);

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { waitFor } from '../../system/lib/wait.mjs';

const quoted = (cell) => `"${String(cell).replaceAll('"', '""')}"`;

export class Sources {
  static async open(service) {
    const sources = new Sources();
    sources.api = service.api;
    sources.folder = path.join(service.house.dir, 'sources');
    mkdirSync(sources.folder);
    await service.house.start('crmd', { config: { sources: { folder: sources.folder, settle: '0ms' } } });
    return sources;
  }

  /** A file of these rows in the folder of this name. */
  drop(name, file, rows) {
    mkdirSync(path.join(this.folder, name), { recursive: true });
    writeFileSync(path.join(this.folder, name, file), rows.map((row) => row.map(quoted).join(';')).join('\r\n'));
  }

  /** A source that reads the folder of this name; nothing happens before it is asked for. */
  make(folder, fields = {}) {
    return this.api.call('POST', '/v1/sources', { name: folder, kind: 'folder', mode: 'full', settings: { folder, pattern: '*.csv' }, ...fields });
  }

  /** Read it, and wait until that has ended. */
  async run({ id }, body = {}) {
    const { id: run } = await this.api.call('POST', `/v1/sources/${id}/runs`, body);
    return waitFor(`run ${run} of source ${id} to end`, async () => {
      const now = await this.api.call('GET', `/v1/sources/${id}/runs/${run}`);
      return !['waiting', 'running'].includes(now.status) && now;
    });
  }
}
