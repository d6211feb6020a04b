// SPDX-License-Identifier: AGPL-3.0-or-later
// Names, files and texts made to do harm are shown as the text they are, on every page that shows them, and
// break nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { phoneOf } from '../system/lib/clients.mjs';
import { waitFor } from '../system/lib/wait.mjs';
import { Chrome } from './lib/browser.mjs';
import { ALL, LONG, SCRIPTS, TURNED } from './lib/hostile.mjs';
import { Service } from './lib/service.mjs';
import { Sources } from './lib/sources.mjs';

const [IMAGE, SCRIPT] = SCRIPTS;
/** Quotes and braces the name of a pool cannot have. */
const POOL = IMAGE.replaceAll('"', "'");

let service;
let chrome;
let session;
const ids = {};

/** A file, clients, campaigns and messages of which each holds something hostile. */
before(async () => {
  service = await Service.open('hostile');
  chrome = await Chrome.open();
  const rows = ALL.map((text, i) => [`${i}`, phoneOf(i), text, 'Иван', text]);
  const bad = ['9', '12', IMAGE, SCRIPT, TURNED];
  const header = ['Код', 'Телефон', 'Фамилия', 'Имя', SCRIPT];
  const imported = await service.import([header, ...rows, bad], { file: `${IMAGE}.csv`, list: IMAGE, onError: 'skip' });
  ids.import = imported.id;
  ids.list = imported.list_id;
  const text = `${IMAGE} ${SCRIPT} {last_name|x}`;
  ids.campaign = await service.launch({ name: IMAGE, text, list_id: ids.list });
  await service.reaches(ids.campaign, 'finished');
  ids.dynamic = (await service.api.call('POST', '/v1/lists', { name: SCRIPT, criteria: { criterion: 'city', op: 'not_in', values: [IMAGE, TURNED] } })).id;
  ids.draft = (await service.api.call('POST', '/v1/campaigns', { name: SCRIPT, text, sender: 'V', category: 'advertising', list_id: ids.list })).id;
  await service.api.call('POST', '/v1/campaigns', { name: LONG, text, sender: 'V', category: 'advertising' });
  await service.launch({ name: TURNED, text, list_id: ids.list, pace_per_min: 1 });
  const template = { name: IMAGE, category: 'advertising', sender: 'V', text: `${IMAGE} ${TURNED}` };
  ids.template = (await service.api.call('POST', '/v1/templates', template)).id;
  await service.api.call('PUT', `/v1/templates/${ids.template}`, { ...template, text });
  await service.api.call('POST', '/v1/templates', { ...template, name: LONG });
  await service.api.call('POST', '/v1/campaigns', { name: SCRIPT, template_id: ids.template });
  ids.pool = (await service.api.call('POST', '/v1/promo-pools', { name: POOL })).id;
  ids.client = (await service.api.call('POST', '/v1/clients/search', { phone: phoneOf(0) })).clients[0].id;
  ids.message = (await service.api.call('GET', `/v1/campaigns/${ids.campaign}/messages`)).messages[0].id;
  await administration();
  session = await chrome.signIn(service, await service.person('mallory', { name: IMAGE }));
});

/** Sources, purposes, attributes, consents and a blocked client, each with something hostile. */
async function administration() {
  const { api } = service;
  const sources = await Sources.open(service);
  const header = ['Код', 'Телефон', SCRIPT];
  sources.drop('hostile', '1.csv', [header, ['h0', '+79165550001', LONG], ['h1', '12', IMAGE]]);
  const source = await sources.make('hostile', { name: IMAGE, columns: [{ header: SCRIPT, field: 'last_name' }] });
  await sources.run(source);
  ids.source = source.id;
  await api.call('POST', '/v1/attributes', { name: 'Знак', type: 'many_of', choices: [IMAGE, LONG.slice(0, 100)] });
  const { code } = await api.call('POST', '/v1/purposes', { code: 'hostile', name: SCRIPT, data_categories: [IMAGE], legal_basis: 'consent', retention: LONG, recipients: [TURNED] });
  const text = await api.call('POST', '/v1/consent-texts', { purpose: code, text: `${IMAGE} ${LONG}` });
  await api.call('POST', '/v1/consents', { phone: phoneOf(0), client_id: ids.client, purpose: code, text_id: text.id, form: SCRIPT, origin: LONG, identity: TURNED, source: 'web' });
  const { clients: [{ id }] } = await api.call('POST', '/v1/clients/search', { phone: phoneOf(2) });
  await api.call('POST', `/v1/clients/${id}/block`, { reason: IMAGE });
  ids.blocked = id;
}
after(async () => {
  await chrome.close();
  await service.close();
});

/** It stands there as text, nothing of it became an element, nothing ran, nothing sticks out. */
async function mustBeText(window, texts) {
  for (const text of texts) await window.page.getByText(text).filter({ visible: true }).first().waitFor();
  const harm = await window.page.evaluate(() => ({
    hit: window.hit,
    images: [...document.images].filter(({ src }) => new URL(src).pathname.endsWith('/x')).length,
    scripts: [...document.scripts].filter(({ src }) => src === '').length,
  }));
  assert.deepEqual(harm, { hit: undefined, images: 0, scripts: 0 });
  await window.mustFit();
  window.mustBeClean();
}

const PAGES = {
  'the start': { address: '/', texts: [IMAGE, SCRIPT, LONG] },
  'the campaigns': { address: '/campaigns', texts: [IMAGE, SCRIPT, LONG] },
  'a campaign': { address: () => `/campaigns/${ids.campaign}`, texts: [IMAGE] },
  'its messages': { address: () => `/campaigns/${ids.campaign}?tab=messages`, texts: [] },
  'its settings': { address: () => `/campaigns/${ids.campaign}?tab=settings`, texts: [`${IMAGE} ${SCRIPT}`] },
  'who': { address: () => `/campaigns/${ids.draft}/edit?step=whom`, texts: [SCRIPT, IMAGE] },
  'what': { address: () => `/campaigns/${ids.draft}/edit?step=what`, texts: [`${IMAGE} ${SCRIPT} ${IMAGE}`] },
  'the check': { address: () => `/campaigns/${ids.draft}/edit?step=check`, texts: [SCRIPT, `${IMAGE} ${SCRIPT} ${IMAGE}`] },
  'the imports': { address: '/imports', texts: [`${IMAGE}.csv`] },
  'an import': { address: () => `/imports/${ids.import}`, texts: [`${IMAGE}.csv`] },
  'the clients': { address: '/clients', texts: [IMAGE, SCRIPT, LONG] },
  'a client': { address: () => `/clients/${ids.client}`, texts: [IMAGE, SCRIPT, LONG] },
  'a blocked client': { address: () => `/clients/${ids.blocked}`, texts: [IMAGE] },
  'the sources': { address: '/sources', texts: [IMAGE] },
  'a source': { address: () => `/sources/${ids.source}`, texts: [IMAGE, SCRIPT] },
  'a source that is changed': { address: () => `/sources/${ids.source}/edit`, texts: [IMAGE] },
  'the attributes': { address: '/attributes', texts: [IMAGE] },
  'the purposes': { address: '/purposes', texts: [SCRIPT] },
  'a purpose': { address: '/purposes/hostile', texts: [SCRIPT, `${IMAGE} ${LONG}`] },
  'the lists': { address: '/lists', texts: [IMAGE, SCRIPT] },
  'a list': { address: () => `/lists/${ids.dynamic}`, texts: [SCRIPT] },
  'a list from a file': { address: () => `/lists/${ids.list}`, texts: [IMAGE, SCRIPT] },
  'the templates': { address: '/templates', texts: [IMAGE, LONG, `${IMAGE} ${SCRIPT}`] },
  'a template': { address: () => `/templates/${ids.template}`, texts: [IMAGE, SCRIPT] },
  'the promo codes': { address: '/templates/promo', texts: [POOL] },
  'a pool of promo codes': { address: () => `/templates/promo/${ids.pool}`, texts: [POOL] },
  'a message': { address: () => `/messages/${ids.message}`, texts: [`${IMAGE} ${SCRIPT}`] },
  'the profile': { address: '/profile', texts: [IMAGE] },
};

for (const size of ['phone', 'desktop']) {
  test(`harm in names stays text on a ${size}`, async (t) => {
    const window = await chrome.window(service, { session, size });
    for (const [name, { address, texts }] of Object.entries(PAGES)) {
      // On a phone the header has no room for the person's name.
      if (name === 'the profile' && size === 'phone') continue;
      await t.test(name, async () => {
        await window.open(typeof address === 'string' ? address : address());
        await mustBeText(window, texts);
      });
    }
    await t.test('the messages to a number', async () => {
      const { page, t: say } = window;
      await window.open('/messages');
      await page.getByRole('textbox', { name: say('messages:phone') }).fill(phoneOf(0));
      await page.getByRole('textbox', { name: say('messages:phone') }).press('Enter');
      await mustBeText(window, [`${IMAGE} ${SCRIPT} ${IMAGE}`]);
    });
    await window.close();
  });
}

test('harm in a file that is looked at before it is sent stays text', async () => {
  const window = await chrome.window(service, { session });
  const { page, t } = window;
  await window.open('/imports');
  const asked = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: t('imports:drop.choose') }).click();
  const table = `Телефон;Имя;${IMAGE}\n${phoneOf(1)};${SCRIPT.replaceAll(';', ',')};${TURNED}\n12;Иван;${LONG}\n`;
  await (await asked).setFiles({ name: `${IMAGE}.csv`, mimeType: 'text/csv', buffer: Buffer.from(table.replaceAll('"', "'")) });
  await page.getByText(t('imports:columns.title')).waitFor();
  await mustBeText(window, [IMAGE.replaceAll('"', "'").split(';')[0], LONG]);
  await window.close();
});

test('harm that is typed stays text: the name and the text of a campaign', async () => {
  const window = await chrome.window(service, { session });
  const { page, t } = window;
  await window.open('/campaigns/new');
  await page.getByLabel(t('campaign-edit:whom.name')).fill(IMAGE);
  await page.getByRole('heading', { level: 1, name: IMAGE }).waitFor();
  await page.getByRole('button', { name: t('campaign-edit:next.whom') }).click();
  await page.getByLabel(t('message-text:label')).fill(`${SCRIPT} ${TURNED} ${LONG}`);
  await page.getByRole('region', { name: t('message-text:phone.title') }).getByText(SCRIPT).waitFor();
  await mustBeText(window, [IMAGE, SCRIPT]);
  await waitFor('the draft to be saved', async () => (await service.api.call('GET', '/v1/campaigns?status=draft')).campaigns.some(({ text }) => text.startsWith(SCRIPT)));
  assert.ok(!(await page.title()).includes('<'), 'the tab does not name it');
  await window.close();
});
