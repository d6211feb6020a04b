// SPDX-License-Identifier: AGPL-3.0-or-later
// What the first campaign does not need: a campaign stopped from a phone, one planned and called off, one that two
// people look at; and an import given up.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { TEXT, rows } from './lib/company.mjs';
import { Person } from './lib/person.mjs';
import { Service } from './lib/service.mjs';

const CLIENTS = 200;

let service;
let chrome;
let session;
let list;

before(async () => {
  service = await Service.open('campaign');
  chrome = await Chrome.open();
  list = (await service.import(rows(CLIENTS), { list: 'Ноябрь' })).list_id;
  session = await chrome.signIn(service, await service.person('olga'));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const status = async (id) => (await service.api.call('GET', `/v1/campaigns/${id}`)).status;

test('a running campaign is stopped from a phone, in two taps, and says what it stopped', async () => {
  const id = await service.launch({ name: 'С ошибкой', text: TEXT, list_id: list, pace_per_min: 60 });
  await service.reaches(id, 'running');
  const window = await chrome.window(service, { session, size: 'phone' });
  const { page, t } = window;
  await window.open(`/campaigns/${id}`);
  const olga = new Person(window);
  await olga.click(page.getByRole('button', { name: new RegExp(`^${t('campaign-control:stop')}`) }));
  const dialog = page.getByRole('dialog');
  await olga.sees(dialog.getByText(t('campaign-control:confirm_final')));
  await olga.click(dialog.getByRole('button', { name: t('campaign-control:stop'), exact: true }));
  await olga.sees(page.getByText(t('campaign_status.cancelled'), { exact: true }));
  assert.equal(olga.figures().clicks, 2);
  assert.equal(await status(id), 'cancelled');
  await waitFor('nothing to be left', async () => (await service.api.call('GET', `/v1/campaigns/${id}`)).counts.left === 0);
  const { groups } = await service.api.call('GET', `/v1/campaigns/${id}/missed/summary`);
  const stopped = groups.filter(({ kind, reason }) => kind === 'cancelled' || reason === 'run_cancelled').reduce((sum, { count }) => sum + count, 0);
  assert.ok(stopped > 0);
  await page.getByText(t('campaign:story.stopped_count', { count: stopped })).waitFor();
  window.mustBeClean();
  await window.close();
});

test('a campaign is planned, waits, and is called off before anybody gets anything', async () => {
  const draft = await service.api.call('POST', '/v1/campaigns', { name: 'На завтра', text: TEXT, sender: 'VESTNIK', category: 'advertising', list_id: list });
  const window = await chrome.window(service, { session });
  const { page, t } = window;
  await window.open(`/campaigns/${draft.id}/edit?step=when`);
  await page.getByText(t('campaign-edit:when.later'), { exact: true }).click();
  await page.getByRole('button', { name: t('campaign-edit:when.tomorrow_morning', { time: '10:00' }) }).click();
  await page.getByRole('button', { name: t('campaign-edit:next.when') }).click();
  await page.getByRole('button', { name: t('campaign-edit:launch.plan') }).click();
  await page.getByRole('dialog').getByRole('textbox').fill(String(CLIENTS));
  await page.getByRole('dialog').getByRole('button', { name: t('campaign-edit:launch.confirm_later') }).click();
  await page.getByText(t('campaign_status.planned'), { exact: true }).first().waitFor();
  assert.equal(await status(draft.id), 'planned');
  await page.getByRole('button', { name: new RegExp(`^${t('campaign-control:stop_planned')}`) }).click();
  await page.getByRole('dialog').getByRole('button', { name: t('campaign-control:stop_planned') }).click();
  await page.getByText(t('campaign_status.cancelled'), { exact: true }).first().waitFor();
  assert.equal(await status(draft.id), 'cancelled');
  window.mustBeClean();
  await window.close();
});

test('what a campaign costs is counted over everybody, and says when it is of the past', async () => {
  const draft = await service.api.call('POST', '/v1/campaigns', { name: 'Дорогая', text: TEXT, sender: 'VESTNIK', category: 'advertising', list_id: list });
  const window = await chrome.window(service, { session, size: 'phone' });
  const { page, t } = window;
  await window.open(`/campaigns/${draft.id}/edit?step=check`);
  const olga = new Person(window);
  const section = page.locator('section', { has: page.getByRole('heading', { name: t('campaign-edit:estimate.title') }) });
  await olga.click(section.getByRole('button', { name: t('campaign-edit:estimate.by_account') }));
  await olga.sees(section.getByText(t('campaign-edit:estimate.done')));
  const { result } = await service.api.call('GET', `/v1/campaigns/${draft.id}/estimate`);
  assert.equal(result.recipients, CLIENTS);
  for (const line of result.lines) await olga.sees(section.getByText(line.account, { exact: true }).first());
  await mustBeAccessible(window, 'an estimate');
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
  await service.api.call('PATCH', `/v1/campaigns/${draft.id}`, { max_parts: 3 });
  await page.reload();
  await olga.sees(section.getByText(t('campaign-edit:estimate.changed')));
  window.mustBeClean();
  await window.close();
});

test('an import shows how far it is and can be given up', async () => {
  const window = await chrome.window(service, { session });
  const { page, t } = window;
  await window.open('/imports');
  const asked = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: t('imports:drop.choose') }).click();
  const table = rows(20_000, 100_000).map((row) => row.join(';')).join('\n');
  await (await asked).setFiles({ name: 'большой.csv', mimeType: 'text/csv', buffer: Buffer.from(table) });
  await page.getByRole('button', { name: t('imports:check.send'), exact: true }).waitFor();
  // A slow line: a file that is there at once cannot be watched.
  const network = await window.context.newCDPSession(page);
  await network.send('Network.enable');
  await network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 100_000 });
  await page.getByRole('button', { name: t('imports:check.send'), exact: true }).click();
  await page.getByRole('progressbar', { name: t('import:sending.bar') }).waitFor();
  await page.getByRole('button', { name: t('import:cancel') }).click();
  await page.getByText(t('import:cancelled.title')).waitFor();
  assert.equal((await service.api.call('GET', '/v1/clients/count')).clients, CLIENTS, 'nothing was stored');
  window.mustBeClean();
  await window.close();
});

test('two people see the same campaign move', async () => {
  const id = await service.launch({ name: 'Общая', text: TEXT, list_id: list, pace_per_min: 60 });
  await service.reaches(id, 'running');
  const here = await chrome.window(service, { session });
  const there = await chrome.window(service, { session: await chrome.signIn(service, await service.person('igor', { language: 'en' })) });
  await here.open(`/campaigns/${id}`);
  await there.open(`/campaigns/${id}`);
  await here.page.getByRole('button', { name: new RegExp(`^${here.t('campaign-control:pause')}`) }).click();
  await there.page.getByText(there.t('campaign_status.paused'), { exact: true }).first().waitFor();
  await there.page.getByRole('button', { name: new RegExp(`^${there.t('campaign-control:resume')}`) }).click();
  await here.page.getByText(here.t('campaign_status.running'), { exact: true }).first().waitFor();
  here.mustBeClean();
  there.mustBeClean();
  await here.close();
  await there.close();
});
