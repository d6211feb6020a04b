// SPDX-License-Identifier: AGPL-3.0-or-later
// journey - the first campaign of a newcomer, from the door to who got nothing and why.  A person sees words and
// fields, and so does this: everything is found by its label, its role or its text.
//
//   await firstCampaign(anna, { service, file, at: async (state) => {...} });
//
// `at` is called in each state that is worth a look; `size` of the window decides how the file comes in.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { phoneOf } from '../../system/lib/clients.mjs';
import { waitFor } from '../../system/lib/wait.mjs';
import { rows } from './company.mjs';
import { PASSWORD, Service } from './service.mjs';
import { number } from './words.mjs';

export const CLIENTS = 300;
const OPTED_OUT = 7;
const NAMELESS = 4;
const RECIPIENTS = CLIENTS - 1;
const SENDER = 'VESTNIK';
const FALLBACK = 'клиент';
const BEFORE = 'Здравствуйте, ';
const AFTER = '! До воскресенья скидка 20 % на всё.';
const BAD = [['C-1', '7,9E+10', 'Котова', 'Вера', 'Псков', '1', ''], ['C-2', '12', 'Котов', 'Глеб', 'Псков', '2', '']];
const NOTE = 'Примечание';
const PHONE = 'Телефон';
const LIST = 'друзья магазина';

/** A service before its first campaign: slow enough to look at, until `hurry`. */
export async function newcomer(name) {
  return Service.open(name, { sim: { 'latency-ms': 500, undeliv: 60 }, account: { window_size: 10, parts_per_s: 100 } });
}

/** The file a newcomer has: good rows, two wrong ones, a column nobody needs. */
export function writeFile(folder) {
  const table = [...rows(CLIENTS).map((row, i) => [...row, i === 0 ? NOTE : 'из выгрузки']), ...BAD];
  table[NAMELESS + 1][3] = '';
  const file = path.join(folder, `${LIST.replace(' ', '_')}.csv`);
  writeFileSync(file, `\ufeff${table.map((row) => row.join(';')).join('\r\n')}\r\n`);
  return file;
}

/** What must not leave the page: names, numbers, the text, the file. */
export function secrets(file, person) {
  const people = rows(20).slice(1).filter((row) => row[3] !== '');
  return [
    ...people.map((row) => `${row[2]} ${row[3]}`), ...people.map((row) => row[1]), ...BAD.map((row) => row[2]),
    person.phone, person.name, PASSWORD, BEFORE.trim(), AFTER, path.basename(file),
  ];
}

export async function firstCampaign(anna, { service, person, file, at = async () => {} }) {
  const campaign = new FirstCampaign(anna, service, person, file, at);
  await campaign.signIn();
  await campaign.importFile();
  await campaign.write();
  await campaign.launch();
  await campaign.watch();
  await campaign.whoGotNothing();
  await campaign.answerClient();
}

class FirstCampaign {
  constructor(anna, service, person, file, at) {
    Object.assign(this, { anna, service, person, file, at });
    this.page = anna.window.page;
    this.t = anna.window.t;
  }

  button(name, options) {
    return this.page.getByRole('button', { name, exact: true, ...options });
  }

  link(name, options) {
    return this.page.getByRole('link', { name, exact: true, ...options });
  }

  heading(name, level = 1) {
    return this.page.getByRole('heading', { name, level });
  }

  text(text, options) {
    return this.page.getByText(text, options);
  }

  async signIn() {
    const { anna, t, page } = this;
    await anna.window.open('/');
    await this.at('door');
    await anna.type(page.getByLabel(t('sign_in.login')), this.person.login);
    await anna.tabTo(page.getByLabel(t('sign_in.password'), { exact: true }), PASSWORD);
    await anna.press(page.getByLabel(t('sign_in.password'), { exact: true }), 'Enter');
    await anna.sees(this.heading(t('start:first.title'), 2));
    await this.at('start-newcomer');
  }

  async importFile() {
    const { anna, t, page } = this;
    await anna.click(this.link(t('start:first.import_button')));
    await anna.sees(this.text(t('imports:drop.title')));
    await this.at('imports-empty');
    if (anna.window.size === 'phone') await anna.choose(this.button(t('imports:drop.choose')), this.file);
    else await anna.drop(page.getByRole('group', { name: t('imports:drop.label') }), this.file);
    await anna.sees(this.heading(t('imports:check.title')));
    await anna.sees(this.text(t('imports:columns.title')));
    await this.mustSay(PHONE, t('import-file:field.phone'));
    await this.mustSay('Имя', t('import-file:field.first_name'));
    await this.mustSay('Бонус', t('import-file:field.attribute'));
    await anna.sees(this.text(BAD[0][1]));
    await this.pick(page.getByRole('combobox', { name: t('imports:columns.meaning_of', { header: NOTE }) }), t('import-file:field.ignored'));
    await this.mustSay(NOTE, t('import-file:field.ignored'));
    await this.at('import-check');
    assert.equal(await page.getByLabel(t('imports:list.label')).inputValue(), LIST);
    await anna.click(this.button(t('imports:check.send')));

    await anna.sees(this.text(t('import:figures.rows', { count: CLIENTS + BAD.length })));
    const badRows = page.getByRole('region', { name: t('import:bad.title') }).or(page.getByText(BAD[1][1], { exact: true }));
    await anna.sees(badRows);
    await this.at('import-done');
    const download = await anna.saves(this.button(t('import:bad.download')));
    const returned = readFileSync(await download.path(), 'utf8').trim().split('\n');
    assert.equal(returned.length, 1 + BAD.length);
    assert.ok(BAD.every((row, i) => returned[i + 1].includes(row[1])), 'the file holds the wrong rows');
    await anna.click(this.link(t('import:next.write_list')));
  }

  /** The column is taken for this. */
  async mustSay(header, meaning) {
    const row = this.page.getByRole('row').or(this.page.getByRole('listitem')).filter({ hasText: header }).filter({ hasText: meaning });
    await this.anna.sees(row);
  }

  /** Choose from a list that opens. */
  async pick(box, option) {
    await this.anna.click(box);
    await this.anna.click(this.page.getByRole('listbox').locator('..').getByText(option, { exact: true }).filter({ visible: true }));
  }

  async write() {
    const { anna, t, page } = this;
    await anna.sees(this.heading(t('campaign-edit:whom.title'), 2));
    const list = page.getByRole('radio', { name: new RegExp(LIST) });
    await anna.sees(this.text(t('clients', { count: CLIENTS })));
    assert.ok(await list.isChecked(), 'the list of the file is chosen');
    await this.at('whom');
    await anna.click(this.button(t('campaign-edit:next.whom')));

    const area = page.getByLabel(t('message-text:label'));
    await anna.sees(area);
    await anna.type(area, BEFORE);
    await anna.click(this.button(t('message-text:field.first_name')));
    await anna.type(area, AFTER, { onto: true });
    await anna.type(page.getByLabel(t('message-text:fallback.label', { name: t('message-text:field.first_name').toLowerCase() })), FALLBACK);
    await anna.tabTo(page.getByLabel(t('campaign-edit:what.sender')), SENDER);

    // One part of 70 at most, counted while one types; the longest name of the clients decides.
    await anna.sees(this.text(t('message-text:counter.clients_same', { count: 1 })));
    const picture = page.getByRole('region', { name: t('message-text:phone.title') });
    await anna.sees(picture.getByText(`${BEFORE}${rows(1)[1][3]}${AFTER}`));
    await anna.click(picture.getByRole('button', { name: t('message-text:phone.emptiest') }));
    await anna.sees(picture.getByText(`${BEFORE}${FALLBACK}${AFTER}`));
    await this.at('what');

    await anna.click(this.button(t('campaign-edit:test.button')));
    await anna.sees(page.getByRole('region', { name: t('campaign-edit:test.title') }).getByText(t('message_state.delivered')));
    await this.at('what-tested');
    assert.equal((await this.service.sim.rows()).filter(({ destination }) => destination === this.person.phone.slice(1)).length, 1);
    await anna.click(this.button(t('campaign-edit:next.what')));

    await anna.sees(this.text(t('campaign-edit:when.now')));
    assert.ok(await page.getByRole('radio', { name: t('campaign-edit:when.now') }).isChecked());
    await anna.sees(this.text(new RegExp(t('campaign-edit:when.forecast', { count: RECIPIENTS, duration: '.*', end: '.*' }))));
    await this.at('when');
    await anna.click(this.button(t('campaign-edit:next.when')));
  }

  async launch() {
    const { anna, t, page } = this;
    await anna.sees(this.text(t('campaign-edit:check.of_clients', { count: CLIENTS })));
    await anna.sees(this.text(t('reason.opt_out')));
    const button = this.button(t('campaign-edit:launch.button'));
    await anna.sees(button);
    await this.at('check');
    await anna.click(button);
    const dialog = page.getByRole('dialog');
    await anna.sees(dialog.getByText(t('campaign-edit:launch.title', { count: RECIPIENTS })));
    const confirm = dialog.getByRole('button', { name: t('campaign-edit:launch.confirm') });
    assert.ok(await confirm.isDisabled(), 'nothing leaves before the number is typed');
    const field = dialog.getByLabel(t('danger.type_number', { number: number(RECIPIENTS) }));
    await anna.type(field, String(RECIPIENTS));
    await this.at('launch');
    await anna.press(field, 'Enter');
  }

  async watch() {
    const { anna, t, page } = this;
    const bar = page.getByRole('progressbar');
    await anna.sees(bar);
    const done = async () => Number(await bar.getAttribute('aria-valuenow'));
    await this.grows(done);
    await anna.sees(this.text(t('campaign_status.running'), { exact: true }));
    await this.at('running');
    await anna.click(page.getByRole('button', { name: new RegExp(`^${t('campaign-control:pause')}`) }));
    await anna.sees(this.text(t('campaign_status.paused'), { exact: true }));
    await this.at('paused');
    await this.service.sim.set('latency-ms', 5);
    await anna.click(page.getByRole('button', { name: new RegExp(`^${t('campaign-control:resume')}`) }));
    await anna.sees(this.text(t('campaign_status.finished'), { exact: true }), { timeout: 30_000 });
    await anna.sees(this.text(t('campaign:tab.missed')));
    await this.at('result');
  }

  /** It moves by itself, while nobody touches anything. */
  async grows(read) {
    const first = await read();
    await waitFor('the progress to move', async () => (await read()) > first);
  }

  async whoGotNothing() {
    const { anna, t, page } = this;
    await anna.click(page.getByRole('tab', { name: t('campaign:tab.missed') }));
    await anna.sees(this.text(t('reason.opt_out')));
    await anna.sees(this.text(t('message_state.undelivered')));
    await anna.sees(this.button(t('campaign:missed.export')));
    await this.at('missed');
    // Numbers in full leave for a reason alone.
    await anna.click(this.button(t('campaign:missed.export')));
    const dialog = page.getByRole('dialog');
    const why = dialog.getByRole('textbox', { name: t('campaign:missed.export_reason') });
    await waitFor('the cursor to stand in the reason', () => why.evaluate((element) => element === document.activeElement));
    await anna.type(why, 'Call them');
    const download = await anna.saves(dialog.getByRole('button', { name: t('campaign:missed.export_confirm'), exact: true }));
    const lines = readFileSync(await download.path(), 'utf8').trim().split('\n');
    const { id } = (await this.service.api.call('GET', '/v1/campaigns?status=finished')).campaigns[0];
    const summary = await this.service.api.call('GET', `/v1/campaigns/${id}/missed/summary`);
    assert.ok(summary.total > 1);
    assert.equal(lines.length, 1 + summary.total, 'everyone who got nothing has a line');
    assert.ok(lines.some((line) => line.replaceAll(/\D/g, '').includes(phoneOf(OPTED_OUT).slice(1))), 'who said stop is among them');
    this.delivered = (await this.service.api.call('GET', `/v1/campaigns/${id}/messages?state=delivered&limit=1`)).messages[0];
  }

  /** A client asks what was sent to them. */
  async answerClient() {
    const { anna, t, page, delivered } = this;
    const menu = page.getByRole('navigation', { name: t('layout.navigation') });
    // A phone's bar has not room for every page.
    const more = menu.getByRole('button', { name: t('layout.more') });
    if (await more.isVisible()) await anna.click(more);
    await anna.click(menu.getByRole('link', { name: t('messages:menu') }));
    const field = page.getByRole('textbox', { name: t('messages:phone') });
    await anna.sees(field);
    await anna.type(field, delivered.to.replace('+7', '8'));
    await anna.press(field, 'Enter');
    await anna.sees(this.text(delivered.text));
    await this.at('messages-found');
    await anna.click(page.getByRole('link', { name: t('message-list:history_of', { time: '' }).trim() }));
    await anna.sees(this.heading(t('message:title')));
    await anna.sees(this.text(t('message:step.receipt_delivered')));
    await this.at('message');
  }
}

/** Somebody who said stop before anything was sent. */
export function prepare(service) {
  return service.api.call('PUT', '/v1/opt-outs', { phone: phoneOf(OPTED_OUT), scope: 'all' });
}
