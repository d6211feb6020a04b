// SPDX-License-Identifier: AGPL-3.0-or-later
// service - a whole Vestnik with its interface for one test file: servers, daemons, the simulated operator,
// a person who may sign in.
//
//   const service = await Service.open('journey');
//   const anna = await service.person('anna', { language: 'en' });

import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { Fleet } from '../../system/lib/fleet.mjs';
import { Http } from '../../system/lib/http.mjs';
import { BIN, ROOT, run } from '../../system/lib/process.mjs';
import { waitFor } from '../../system/lib/wait.mjs';

export const PASSWORD = 'correct horse battery';
/** VESTNIK_WEB chooses another build. */
const WEB = { dir: path.resolve(ROOT, process.env.VESTNIK_WEB ?? 'build/web') };

export class Service {
  static async open(name, { sim = {}, account = {} } = {}) {
    const service = new Service();
    service.fleet = await Fleet.open(`e2e_${name}`, {
      sim, account: { price_micro: 2_350_000, ...account }, config: { apid: { http: { listen: '127.0.0.1:0' }, web: WEB } },
    });
    service.house = service.fleet.house;
    service.sim = service.fleet.sim;
    const [apid] = service.fleet.daemons.apid;
    service.base = `http://127.0.0.1:${(await apid.waitLog(/api listening.*\bport=(\d+)/))[1]}`;
    service.api = new Http(service.base, (await service.house.vestnik('token', 'create', 'e2e')).trim());
    return service;
  }

  /** Somebody who may sign in. */
  async person(login, { name = 'Анна Волкова', language = 'ru', phone = '+79009999999' } = {}) {
    const { code, stderr } = await run([path.join(BIN, 'vestnik'), 'user', 'add', login, '--name', name, '--language', language],
      { env: { VESTNIK_DATABASE: this.house.databaseUrl }, input: `${PASSWORD}\n` });
    if (code !== 0) throw new Error(stderr);
    await this.house.db.query('UPDATE person SET phone = $2 WHERE login = $1', [login, phone.slice(1)]);
    return { login, name, language, phone };
  }

  /** Import a table, the first row being its header. */
  import(rows, { file = 'clients.csv', list, onError = 'refuse' } = {}) {
    const query = new URLSearchParams({ file_name: file, on_error: onError, ...(list ? { list } : {}) });
    const quoted = (value) => `"${String(value).replaceAll('"', '""')}"`;
    return this.api.importClients([Buffer.from(rows.map((row) => `${row.map(quoted).join(';')}\n`).join(''))], `?${query}`);
  }

  async launch(fields) {
    const campaign = await this.api.call('POST', '/v1/campaigns', { sender: 'VESTNIK', class: 'advertising', category: 'advertising', ...fields });
    await this.api.call('POST', `/v1/campaigns/${campaign.id}/launch`);
    return campaign.id;
  }

  reaches(id, status) {
    return waitFor(`campaign ${id} to be ${status}`, async () => (await this.api.call('GET', `/v1/campaigns/${id}`)).status === status);
  }

  /** Everything the daemons and the simulator have logged. */
  logs() {
    const folder = path.join(this.house.dir, 'log');
    return readdirSync(folder).map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));
  }

  async close() {
    this.api?.close();
    await this.fleet.close();
  }
}
