// SPDX-License-Identifier: AGPL-3.0-or-later
// Templates: written with forms, checked as they are typed, looked at, saved, taken by a campaign, changed, brought
// back, held by who uses them; promo codes and short links that they put in.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { furnish, loadCodes } from './lib/company.mjs';
import { Person } from './lib/person.mjs';
import { Service } from './lib/service.mjs';

let service;
let chrome;
let ids;
const sessions = {};

before(async () => {
  service = await Service.open('templates');
  chrome = await Chrome.open();
  ids = await furnish(service);
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`olga-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const stored = (id) => service.api.call('GET', `/v1/templates/${id}`);

/** The parts of the editor as a person finds them. */
function editor({ page, t }) {
  return {
    name: page.getByRole('textbox', { name: t('template:name.label') }),
    text: page.getByRole('textbox', { name: t('message-text:label') }),
    sender: page.getByRole('combobox', { name: t('template:sender.label') }),
    format: (name) => page.getByRole('combobox', { name: t('message-text:format.label', { name: name.toLowerCase() }) }),
    fallback: (name) => page.getByRole('textbox', { name: t('message-text:fallback.label', { name: name.toLowerCase() }) }),
    picture: page.getByRole('region', { name: t('message-text:phone.title') }),
    button: (name) => page.getByRole('button', { name, exact: true }),
    dialog: page.getByRole('dialog'),
  };
}

/** One of a Select's options, by pointing at it. */
async function pick(page, person, field, option) {
  await person.click(field);
  await person.click(page.getByTitle(option, { exact: true }).filter({ visible: true }).last());
}

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en'], ['phone', 'en'], ['desktop', 'ru']]) {
  test(`a template is written, checked, saved and taken by a campaign, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const olga = new Person(window);
    const at = editor(window);
    const title = `Бонусы ${size} ${language}`;
    const bonus = 'бонус';

    await window.open('/templates');
    await olga.click(page.getByRole('link', { name: t('templates:new') }).first());
    await olga.type(at.name, title);

    // What is wrong is said at once, with what to do; nothing can be saved.
    await olga.type(at.text, 'Здравствуйте, {frist_name}!');
    await page.getByText(t('message-text:problem.unknown', { name: 'frist_name' })).waitFor();
    assert.ok(await at.button(t('template:save.new')).isDisabled());
    await olga.type(at.text, 'Здравствуйте, ');
    await olga.click(at.button(t('message-text:field.first_name')));
    await olga.type(at.text, '! У вас ', { onto: true });
    await olga.click(page.getByRole('combobox', { name: t('message-text:insert.other') }));
    await page.keyboard.type(bonus);
    await page.keyboard.press('Enter');
    await olga.type(at.text, ' ', { onto: true });
    await olga.click(page.getByRole('combobox', { name: t('message-text:insert.other') }));
    await page.keyboard.type(bonus);
    await page.keyboard.press('Enter');
    assert.equal(await at.text.inputValue(), `Здравствуйте, {first_name}! У вас {${bonus}} {${bonus}}`);

    // Some clients have no name: how many is told at the field, and mended there.
    const { rows: [lacking] } = await service.house.db.query(
      'SELECT count(*) FILTER (WHERE first_name IS NULL) AS count, count(*) AS of FROM client WHERE gone_at IS NULL AND blocked_at IS NULL');
    assert.ok(lacking.count > 0);
    await page.getByText(t('message-text:fallback.lacking', lacking)).waitFor();
    await olga.type(at.fallback(t('message-text:field.first_name')), 'клиент');
    await page.getByText(t('message-text:fallback.lacking', lacking)).waitFor({ state: 'detached' });

    // The number as a number; the same again as the word that agrees with it, by a form.
    await pick(page, olga, at.format(bonus).first(), t('message-text:format.plural'));
    for (const [number, word] of [['1', 'бонус'], ['2', 'бонуса'], ['5', 'бонусов']]) {
      await olga.type(page.getByRole('textbox', { name: t('message-text:format.for_number', { number }), exact: true }), word);
    }
    assert.equal(await at.text.inputValue(), `Здравствуйте, {first_name|клиент}! У вас {${bonus}:plural "бонус" "бонуса" "бонусов"} {${bonus}:plural "бонус" "бонуса" "бонусов"}`);
    await at.text.fill(`Здравствуйте, {first_name:first_word|клиент}! У вас {${bonus}|0} {${bonus}:plural "бонус" "бонуса" "бонусов"|бонусов}.`);

    // A link and a promo code by their forms.
    await at.text.press('End');
    await olga.click(at.button(t('message-text:insert.link')));
    await olga.type(at.dialog.getByRole('textbox', { name: t('message-text:link.address') }), 'shop.example');
    await at.dialog.getByText(t('message-text:problem.link_address')).waitFor();
    await olga.type(at.dialog.getByRole('textbox', { name: t('message-text:link.address') }), 'https://shop.example/a');
    await olga.click(at.dialog.getByRole('checkbox'));
    await mustBeAccessible(window, 'the dialog of a link');
    await olga.click(at.dialog.getByRole('button', { name: t('message-text:insert.button') }));
    await at.dialog.waitFor({ state: 'detached' });
    assert.ok((await at.text.inputValue()).endsWith('{link https://shop.example/a?c={external_id|}}'));
    await olga.click(at.button(t('message-text:insert.promo')));
    await olga.click(at.dialog.getByText('весна 2026'));
    await olga.click(at.dialog.getByRole('button', { name: t('message-text:insert.button') }));
    await at.dialog.waitFor({ state: 'detached' });

    // As clients will read it, and how long it becomes.
    await at.picture.getByText(/https:\/\/go\.example\/l\//).waitFor();
    const { worst, alphabets } = await service.api.call('POST', '/v1/texts/preview', { text: await at.text.inputValue(), thorough: true });
    const shown = page.getByRole('complementary', { name: t('template:aside') });
    await shown.getByText(`${t('parts', { count: worst.parts })} · ${t('message-text:counter.characters', { count: worst.units })}`).waitFor();
    await shown.getByText(t('messages', { count: alphabets[0].texts })).waitFor();
    await olga.type(at.sender, 'SHOP');
    await window.mustFit();
    await mustBeAccessible(window, 'the editor');
    await olga.click(at.button(t('template:save.new')));
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    const id = page.url().split('/').at(-1);
    const made = await stored(id);
    assert.deepEqual([made.name, made.sender, made.category, made.version, made.lacking], [title, 'SHOP', 'advertising', 1, []]);
    assert.ok(made.text.endsWith('{link https://shop.example/a?c={external_id|}}{promo "весна 2026"}'), made.text);

    // A campaign takes it and says so; another word, and the text is its own.
    await window.open(`/campaigns/${ids.draft}/edit?step=what`);
    await olga.click(at.button(t('campaign-edit:template.take')).or(at.button(t('campaign-edit:template.other'))));
    await olga.type(at.dialog.getByRole('searchbox'), title);
    await olga.click(at.dialog.getByText(title, { exact: true }));
    await at.dialog.getByText(/https:\/\/go\.example\/l\//).waitFor();
    await window.mustFit();
    await mustBeAccessible(window, 'the choice of a template');
    await olga.click(at.dialog.getByRole('button', { name: t('campaign-edit:template.confirm') }));
    await page.getByText(t('campaign-edit:template.from', { name: title, version: 1 })).waitFor();
    const draft = () => service.api.call('GET', `/v1/campaigns/${ids.draft}`);
    await waitFor('the draft to be the template\'s', async () => (await draft()).template_id === id);
    const taken = await draft();
    assert.deepEqual([taken.text, taken.sender, taken.template_version], [made.text, 'SHOP', 1]);
    await at.text.press('End');
    await olga.type(at.text, '!', { onto: true });
    await waitFor('the text to be the campaign\'s own', async () => (await draft()).template_id === null);
    assert.equal((await draft()).text, `${made.text}!`);
    window.mustBeClean();
    await window.close();
  });
}

test('a campaign begun from a template has its text', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open(`/templates/${ids.template}`);
  await page.getByRole('link', { name: t('template:write') }).or(page.getByRole('button', { name: t('template:write') })).first().click();
  await page.getByRole('button', { name: t('campaign-edit:next.whom') }).click();
  await page.getByText(t('campaign-edit:template.from', { name: 'Весенняя акция', version: 2 })).waitFor();
  assert.equal(await editor(window).text.inputValue(), (await stored(ids.template)).text);
  window.mustBeClean();
  await window.close();
});

test('a changed text is a version, what was changed is shown, and the old text comes back as a new one', async () => {
  const { id, text } = await service.api.call('POST', '/v1/templates', { name: 'С версиями', category: 'service', text: 'Скидка 10 % до субботы' });
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const at = editor(window);
  await window.open(`/templates/${id}`);
  assert.ok(await at.button(t('template:save.changes')).isDisabled(), 'there is nothing to save');
  await at.text.fill('Скидка 20 % до субботы');
  await at.button(t('template:save.changes')).click();
  await page.getByText(t('template:save.done_version', { version: 2 })).waitFor();
  await page.getByText(t('template:versions.changes')).first().click();
  const [newest] = await page.getByRole('listitem').filter({ hasText: t('template:versions.newest') }).all();
  assert.deepEqual([await newest.locator('del').textContent(), await newest.locator('ins').textContent()], ['10', '20']);

  await page.getByRole('button', { name: t('template:versions.restore_of', { version: 1 }) }).click();
  await mustBeAccessible(window, 'bringing back');
  await at.dialog.getByRole('button', { name: t('template:versions.restore_confirm', { version: 3 }) }).click();
  await page.getByText(t('template:lead.version', { version: 3 }), { exact: false }).first().waitFor();
  await waitFor('the old text to be in the editor', async () => (await at.text.inputValue()) === text);
  const { version, versions } = await stored(id);
  assert.deepEqual([version, versions.map((one) => one.text)], [3, [text, 'Скидка 20 % до субботы', text]]);

  // What was changed and not saved is asked about, and holds back bringing back.
  await at.text.fill('Другое');
  assert.ok(await page.getByRole('button', { name: t('template:versions.restore_of', { version: 2 }) }).isDisabled());
  await page.getByRole('link', { name: t('template:back') }).last().click();
  await at.dialog.getByText(t('template:leave')).waitFor();
  await at.dialog.getByRole('button', { name: t('leave.stay') }).click();
  assert.equal(await at.text.inputValue(), 'Другое');
  await page.getByRole('link', { name: t('template:back') }).last().click();
  await at.dialog.getByRole('button', { name: t('leave.go') }).click();
  await page.getByRole('heading', { level: 1, name: t('templates:title') }).waitFor();
  assert.equal((await stored(id)).version, 3);
  window.mustBeClean();
  await window.close();
});

test('a template that campaigns took is not deleted, one nobody took is; a name that is taken is refused in words', async () => {
  const { id } = await service.api.call('POST', '/v1/templates', { name: 'Ненужный', category: 'service', text: 'x' });
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  const at = editor(window);
  await window.open(`/templates/${ids.template}`);
  await at.button(t('template:delete.button')).click();
  await at.dialog.getByText('Весна в Твери').waitFor();
  await mustBeAccessible(window, 'why not');
  await at.dialog.getByRole('button', { name: t('actions.close') }).last().click();

  await window.open(`/templates/${id}`);
  window.allow(422, `/v1/templates/${id}`);
  await at.name.fill('Весенняя акция');
  await at.button(t('template:save.changes')).click();
  await page.getByText(t('template:name.taken')).waitFor();
  await at.name.fill('Ненужный');
  await at.button(t('template:delete.button')).click();
  await at.dialog.getByRole('button', { name: t('template:delete.button') }).click();
  await page.getByRole('heading', { level: 1, name: t('templates:title') }).waitFor();
  await assert.rejects(stored(id), { status: 404 });
  window.mustBeClean();
  await window.close();
});

test('templates are found by name and by what they are about, and the way back keeps it', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open('/templates');
  const table = page.getByRole('table', { name: t('templates:title') });
  await page.getByRole('searchbox', { name: t('templates:filter.query') }).fill('весен');
  await table.getByText('Напоминание о записи').waitFor({ state: 'detached' });
  await table.getByRole('link', { name: 'Весенняя акция' }).click();
  await page.getByRole('heading', { level: 1, name: 'Весенняя акция' }).waitFor();
  await page.goBack();
  assert.equal(await page.getByRole('searchbox', { name: t('templates:filter.query') }).inputValue(), 'весен');
  await page.getByRole('searchbox', { name: t('templates:filter.query') }).fill('');
  await page.getByRole('combobox', { name: t('templates:filter.category') }).click();
  await page.getByTitle(t('message_category.service'), { exact: true }).click();
  await table.getByText('Весенняя акция').waitFor({ state: 'detached' });
  await table.getByText('Напоминание о записи').waitFor();
  await page.getByRole('searchbox', { name: t('templates:filter.query') }).fill('нет такого');
  await page.getByText(t('templates:nothing_fits.title')).waitFor();
  await page.getByRole('button', { name: t('templates:nothing_fits.reset') }).click();
  await table.getByText('Весенняя акция').waitFor();
  window.mustBeClean();
  await window.close();
});

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`a pool of promo codes is made, filled and deleted, a bad file is refused by line, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const at = editor(window);
    await window.open('/templates');
    await page.getByRole('link', { name: t('template-sections:promo') }).click();
    await at.button(t('promo-pools:new.button')).first().click();
    await at.dialog.getByRole('textbox', { name: t('promo-pools:new.name') }).fill(`лето ${size}`);
    await at.dialog.getByRole('textbox', { name: t('promo-pools:new.name') }).press('Enter');
    await page.getByRole('heading', { level: 1, name: `лето ${size}` }).waitFor();
    const id = page.url().split('/').at(-1);
    const pool = () => service.api.call('GET', `/v1/promo-pools/${id}`);

    const choose = async (text) => {
      const asked = page.waitForEvent('filechooser');
      await at.button(t('promo-pool:load.file')).click();
      await (await asked).setFiles({ name: 'codes.txt', mimeType: 'text/plain', buffer: Buffer.from(text) });
    };
    window.allow(422, `/v1/promo-pools/${id}/codes`);
    await choose(`SUMMER-${size}-1\nкод\nSUMMER-${size}-1\n`);
    await page.getByText(t('error.line', { line: 2 }), { exact: false }).waitFor();
    await page.getByText(t('promo-pool:load.nothing_taken')).waitFor();
    assert.equal((await pool()).size, 0);
    await choose(Array.from({ length: 20 }, (_, i) => `SUMMER-${size}-${i}\r\n`).join(''));
    await page.getByText(t('promo-pool:load.done')).waitFor();
    await page.getByText(t('promo:enough')).waitFor();
    const pasted = page.getByRole('textbox', { name: t('promo-pool:load.paste') });
    await pasted.fill(`PASTED-${size}-1\nPASTED-${size}-2\n`);
    await at.button(t('promo-pool:load.add', { count: 2 })).click();
    await waitFor('the pasted codes to be there', async () => (await pool()).size === 22);
    await waitFor('the field to be empty again', async () => (await pasted.inputValue()) === '');
    await window.mustFit();
    await mustBeAccessible(window, 'a pool');

    await at.button(t('promo-pool:delete.button')).click();
    await at.dialog.getByText(t('promo-pool:delete.text', { count: 22 })).waitFor();
    await at.dialog.getByRole('button', { name: t('promo-pool:delete.button') }).click();
    await page.getByRole('heading', { level: 1, name: t('promo-pools:title') }).waitFor();
    await assert.rejects(pool(), { status: 404 });
    window.mustBeClean();
    await window.close();
  });
}

test('clicks of people and of robots are told on the campaign, promo codes that are few on their pool', async () => {
  const { id: pool } = await service.api.call('POST', '/v1/promo-pools', { name: 'осень' });
  await loadCodes(service.api, pool, Array.from({ length: 64 }, (_, i) => `AUTUMN-${i}`));
  const campaign = await service.launch({ name: 'Со ссылкой', text: 'Код {promo осень}: {link https://shop.example/autumn}', list_id: ids.list });
  await service.reaches(campaign, 'finished');
  const { messages } = await service.api.call('GET', `/v1/campaigns/${campaign}/messages?state=delivered&limit=2`);
  const follow = (message, agent) => fetch(`${service.base}/l/${/\/l\/(\S+)$/.exec(message.text)[1]}`, { redirect: 'manual', headers: { 'user-agent': agent } });
  await pause(1100); // a person reads for a second
  assert.equal((await follow(messages[0], 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36')).status, 302);
  assert.equal((await follow(messages[1], 'Googlebot/2.1')).status, 302);
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open(`/campaigns/${campaign}`);
  const row = page.getByRole('table', { name: t('campaign:clicks.title') }).getByRole('row').filter({ hasText: 'https://shop.example/autumn' });
  await row.waitFor();
  const cells = await row.getByRole('cell').allTextContents();
  assert.deepEqual([cells[1].split(' ')[0], ...cells.slice(2)], ['1', '1', '1']);
  await mustBeAccessible(window, 'clicks');
  await window.open(`/templates/promo/${pool}`);
  const { free } = await service.api.call('GET', `/v1/promo-pools/${pool}`);
  assert.ok(free > 0 && free < 7, `${free} codes are free`);
  await page.getByText(t('promo:few')).waitFor();
  await page.getByText(t('promo-pool:warning.few', { count: free })).waitFor();
  await page.getByRole('row').filter({ hasText: 'Со ссылкой' }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('short links are set up, and a base that is none is refused in words', async () => {
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  window.allow(422, '/v1/links/settings');
  await window.open('/templates/links');
  const base = page.getByRole('textbox', { name: t('links:base.label') });
  const save = page.getByRole('button', { name: t('actions.save') });
  assert.ok(await save.isDisabled());
  await base.fill('ftp://go.example/');
  await save.click();
  await page.getByText(/in Latin letters that ends with/).waitFor();
  await base.fill('https://go.example/s/');
  await page.getByText('https://go.example/s/Ab7xKq2mZr').waitFor();
  await save.click();
  await page.getByText(t('links:saved')).waitFor();
  assert.deepEqual(await service.api.call('GET', '/v1/links/settings'), { base: 'https://go.example/s/', days: 90 });
  await service.api.call('PUT', '/v1/links/settings', { base: 'https://go.example/l/', days: 90 });
  window.mustBeClean();
  await window.close();
});

test('a text is conditioned by a form', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const at = editor(window);
  await window.open('/templates/new');
  await at.text.fill('Здравствуйте! ');
  await at.button(t('message-text:insert.condition')).click();
  const insert = at.dialog.getByRole('button', { name: t('message-text:insert.button') });
  assert.ok(await insert.isDisabled());
  await at.dialog.getByRole('combobox', { name: t('message-text:condition.field') }).click();
  await page.keyboard.type(t('message-text:field.points'));
  await page.keyboard.press('Enter');
  await at.dialog.getByRole('combobox', { name: t('message-text:condition.relation') }).click();
  await page.getByTitle(t('message-text:condition.is.ge'), { exact: true }).click();
  await at.dialog.getByRole('textbox', { name: t('message-text:condition.value') }).fill('100');
  await at.dialog.getByRole('textbox', { name: t('message-text:condition.then') }).fill('Баллов уже много.');
  await at.dialog.getByRole('textbox', { name: t('message-text:condition.otherwise') }).fill('Копите баллы.');
  await mustBeAccessible(window, 'the dialog of a condition');
  await insert.click();
  assert.equal(await at.text.inputValue(), 'Здравствуйте! {if points >= "100"}Баллов уже много.{else}Копите баллы.{end}');
  await at.picture.getByText('Здравствуйте! Баллов уже много.').waitFor();
  await at.text.fill('');
  window.mustBeClean();
  await window.close();
});
