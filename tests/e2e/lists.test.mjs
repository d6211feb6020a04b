// SPDX-License-Identifier: AGPL-3.0-or-later
// Lists by conditions: made, counted while they are typed, explained, changed, held by who uses them, deleted; with
// the keyboard alone, too.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { Person } from './lib/person.mjs';
import { Service } from './lib/service.mjs';
import { number } from './lib/words.mjs';

/** What GET /v1/criteria calls them. */
const NAMES = { ru: { city: 'Город', age: 'Возраст, лет', in_list: 'В списке' }, en: { city: 'City', age: 'Age, years', in_list: 'On a list' } };

let service;
let chrome;
let ids;
const sessions = {};

before(async () => {
  service = await Service.open('lists');
  chrome = await Chrome.open();
  ids = await furnish(service);
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`olga-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

const count = async (criteria) => (await service.api.call('POST', '/v1/criteria/count', { criteria })).clients;

/** One of a Select's options, found by typing. */
async function choose(person, field, text) {
  await person.click(field);
  await field.pressSequentially(text);
  await field.press('Enter');
}

/** One of a few, by pointing at it. */
async function pick(page, person, field, option) {
  await person.click(field);
  await person.click(page.getByTitle(option, { exact: true }).last());
}

/** The parts of the editor as a person finds them. */
function editor({ page, t }) {
  const conditions = page.getByRole('group', { name: t('list:builder.title') });
  return {
    name: page.getByRole('textbox', { name: t('list:name.label') }),
    rule: (name) => conditions.getByRole('group', { name: t('list:builder.condition', { name }), exact: true }),
    criterion: (rule) => rule.getByRole('combobox', { name: t('list:builder.criterion') }),
    operator: (rule) => rule.getByRole('combobox', { name: t('list:builder.operator') }),
    values: (rule) => rule.getByRole('combobox', { name: t('list:operand.values') }),
    value: (rule) => rule.getByRole('spinbutton', { name: t('list:operand.value') }),
    add: conditions.getByRole('button', { name: t('list:builder.add'), exact: true }).last(),
    shows: (clients) => page.getByRole('status').filter({ hasText: t('list:count.label') }).getByText(number(clients), { exact: true }).waitFor(),
  };
}

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en']]) {
  test(`a list is made, explained, held by a campaign and deleted, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const olga = new Person(window);
    const names = NAMES[language];
    const { name, rule, criterion, operator, values, value, add, shows } = editor(window);
    const title = `Тверь ${language}`;

    await window.open('/lists');
    await olga.click(page.getByRole('link', { name: t('lists:new') }).first());
    await olga.type(name, title);
    await choose(olga, criterion(rule(t('list:builder.new'))), names.city);
    await choose(olga, values(rule(names.city)), 'Тверь');
    await page.keyboard.press('Escape');
    await shows(await count({ criterion: 'city', op: 'in', values: ['Тверь'] }));

    await olga.click(add);
    await choose(olga, criterion(rule(t('list:builder.new'))), names.age);
    await pick(page, olga, operator(rule(names.age)), t('list:op.ge'));
    await olga.type(value(rule(names.age)), '40');
    await window.mustFit();
    const criteria = (await asked(page, () => olga.click(page.getByRole('button', { name: t('list:save.new') })))).criteria;
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await shows(await count(criteria));
    const id = page.url().split('/').at(-1);
    const stored = await service.api.call('GET', `/v1/lists/${id}`);
    assert.deepEqual([stored.name, stored.size, stored.criteria], [title, await count(criteria), criteria]);
    assert.deepEqual(criteria.and.map((leaf) => leaf.criterion), ['city', 'age']);

    const preview = size === 'phone' ? page.getByRole('list', { name: t('list:preview.title') }) : page.getByRole('table', { name: t('list:preview.title') });
    if (stored.size > 0) {
      await olga.click(preview.getByRole('button').first());
      await page.getByRole('dialog').getByText(t('list:why.is_on')).waitFor();
      await mustBeAccessible(window, 'why');
      await olga.click(page.getByRole('dialog').getByRole('button', { name: t('actions.close') }).last());
    }

    await service.api.call('POST', '/v1/campaigns', { name: 'Держит список', list_id: id });
    await window.open(`/lists/${id}`);
    await olga.click(page.getByRole('button', { name: t('list:delete.button') }));
    await page.getByRole('dialog').getByText('Держит список').waitFor();
    await olga.click(page.getByRole('dialog').getByRole('button', { name: t('actions.close') }).last());
    for (const { id: draft, name: of } of (await service.api.call('GET', '/v1/campaigns')).campaigns) if (of === 'Держит список') await service.api.call('DELETE', `/v1/campaigns/${draft}`);
    await window.open(`/lists/${id}`);
    await olga.click(page.getByRole('button', { name: t('list:delete.button') }));
    await olga.click(page.getByRole('dialog').getByRole('button', { name: t('list:delete.button') }));
    await page.getByRole('heading', { level: 1, name: t('lists:title') }).waitFor();
    await assert.rejects(service.api.call('GET', `/v1/lists/${id}`), { status: 404 });
    window.mustBeClean();
    await window.close();
  });
}

/** The body of the next list that is stored. */
async function asked(page, deed) {
  const [request] = await Promise.all([page.waitForRequest((one) => /\/v1\/lists/.test(one.url()) && ['POST', 'PUT'].includes(one.method())), deed()]);
  return request.postDataJSON();
}

test('a list is made with the keyboard alone', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const { name, rule, criterion, value, shows } = editor(window);
  await window.open('/lists/new');
  await name.focus();
  await page.keyboard.type('С клавиатуры');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const isThere = (locator) => locator.evaluate((element) => element === document.activeElement);
  assert.ok(await isThere(criterion(rule(t('list:builder.new')))), 'Tab leads to the first condition');
  await page.keyboard.type(NAMES.ru.age);
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.ok(await isThere(value(rule(NAMES.ru.age))), 'Tab leads to the value');
  await page.keyboard.type('33');
  await shows(await count({ criterion: 'age', op: 'eq', value: 33 }));
  const { name: sent } = await asked(page, () => page.keyboard.press('Enter'));
  assert.equal(sent, 'С клавиатуры');
  await page.getByRole('heading', { level: 1, name: 'С клавиатуры' }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('a list is the difference of two, and is not left unsaved without a question', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  const ann = new Person(window);
  const { rule, criterion, operator, shows } = editor(window);
  await window.open('/lists/new');
  await choose(ann, criterion(rule(t('list:builder.new'))), NAMES.ru.in_list);
  await choose(ann, rule(NAMES.ru.in_list).getByRole('combobox', { name: t('list:detail.list') }), 'Ноябрь');
  await shows(await count({ criterion: 'in_list', op: 'is', list: ids.list }));
  await ann.click(page.getByRole('button', { name: t('list:builder.add'), exact: true }).last());
  await choose(ann, criterion(rule(t('list:builder.new'))), NAMES.ru.in_list);
  const second = rule(NAMES.ru.in_list).nth(1);
  await choose(ann, second.getByRole('combobox', { name: t('list:detail.list') }), 'Тверь и Казань');
  await pick(page, ann, operator(second), t('list:op.is_not'));
  await shows(await count({ and: [{ criterion: 'in_list', op: 'is', list: ids.list }, { criterion: 'in_list', op: 'is_not', list: ids.dynamic }] }));
  await ann.click(page.getByRole('link', { name: t('list:back') }).last());
  await page.getByRole('dialog').getByText(t('list:leave.text')).waitFor();
  await ann.click(page.getByRole('dialog').getByRole('button', { name: t('leave.go') }));
  await page.getByRole('heading', { level: 1, name: t('lists:title') }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('a list from a file gets another name, a name that is taken is refused in words', async () => {
  const window = await chrome.window(service, { session: sessions.en });
  const { page, t } = window;
  window.allow(422, `/v1/lists/${ids.list}`);
  const { name } = editor(window);
  await window.open(`/lists/${ids.list}`);
  await name.fill('Проверка');
  await page.getByRole('button', { name: t('list:name.rename') }).click();
  await page.getByText(t('list:name.taken')).waitFor();
  await name.fill('Ноябрь, проверенный');
  await page.getByRole('button', { name: t('list:name.rename') }).click();
  await page.getByRole('heading', { level: 1, name: 'Ноябрь, проверенный' }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('the charts can be read as tables', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open(`/lists/${ids.dynamic}`);
  await page.getByText(t('list:breakdown.as_table')).first().click();
  const { breakdowns: [{ groups }] } = await service.api.call('POST', '/v1/criteria/breakdown', { criteria: (await service.api.call('GET', `/v1/lists/${ids.dynamic}`)).criteria, by: ['city'] });
  const table = page.getByRole('table', { name: t('list:breakdown.by.city') });
  for (const { value, clients } of groups) await table.getByRole('row', { name: new RegExp(`^${value} ${clients} `) }).waitFor();
  window.mustBeClean();
  await window.close();
});

test('a client is told with all that is known and all that happened', async () => {
  const window = await chrome.window(service, { session: sessions.ru });
  const { page, t } = window;
  await window.open(`/clients/${ids.client}`);
  await page.getByText('Тверская область').waitFor();
  await page.getByText('Покупка · обувь').first().waitFor();
  await page.getByRole('link', { name: t('message-list:history_of', { time: '' }).trim() }).first().waitFor();
  await page.getByRole('combobox', { name: t('client:timeline.show') }).click();
  await page.getByTitle(t('client:timeline.kind.stop'), { exact: true }).click();
  await page.getByText(t('client:timeline.nothing.stop')).waitFor();
  await page.getByRole('link', { name: 'Ноябрь' }).first().click();
  await page.getByRole('heading', { level: 2, name: t('list:breakdown.title') }).waitFor();
  window.mustBeClean();
  await window.close();
});
