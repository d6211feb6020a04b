// SPDX-License-Identifier: AGPL-3.0-or-later
// Spelling: what each way saves is told beside the text, the telephone shows what will be sent, a template hands its
// spelling on to a campaign, and the check names the saving and the cheaper way.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { waitFor } from '../system/lib/wait.mjs';
import { mustBeAccessible } from './lib/axe.mjs';
import { Chrome } from './lib/browser.mjs';
import { furnish } from './lib/company.mjs';
import { Person } from './lib/person.mjs';
import { Service } from './lib/service.mjs';

// Without a name, so that every client gets the same: two parts as it is written, one in Latin letters.
const TEXT = 'Всю неделю дарим подарки за покупки от 3000 ₽! Ждём вас в магазинах «Зимородок» с 10 до 22 часов.';
const LATIN = 'Vsyu nedelyu darim podarki za pokupki ot 3000 RUB! Zhdem vas v magazinakh "Zimorodok" s 10 do 22 chasov.';

let service;
let chrome;
let ids;
const sessions = {};

before(async () => {
  service = await Service.open('spelling', { account: { price_micro: 2_500_000 } });
  chrome = await Chrome.open();
  ids = await furnish(service);
  // One account at its flat price, so that what is saved can be told beforehand.
  await service.house.db.query(`UPDATE account SET enabled = false WHERE name <> 'sim'; DELETE FROM tariff_row; DELETE FROM tariff`);
  for (const language of ['ru', 'en']) sessions[language] = await chrome.signIn(service, await service.person(`olga-${language}`, { language }));
});
after(async () => {
  await chrome.close();
  await service.close();
});

/** The parts of a page as a person finds them. */
function parts({ page, t }) {
  const ways = page.getByRole('group', { name: t('message-text:spelling.label') });
  return {
    text: page.getByRole('textbox', { name: t('message-text:label') }),
    picture: page.getByRole('region', { name: t('message-text:phone.title') }),
    way: (spelling) => ways.getByRole('radio', { name: t(`message-text:spelling.${spelling}`) }),
    told: (spelling) => ways.locator('label').filter({ has: page.getByRole('radio', { name: t(`message-text:spelling.${spelling}`) }) }),
    button: (name) => page.getByRole('button', { name, exact: true }),
    dialog: page.getByRole('dialog'),
  };
}

for (const [size, language] of [['phone', 'ru'], ['desktop', 'en'], ['desktop', 'ru']]) {
  test(`what a spelling saves is seen before it is chosen, on a ${size} in ${language}`, async () => {
    const window = await chrome.window(service, { session: sessions[language], size });
    const { page, t } = window;
    const olga = new Person(window);
    const at = parts(window);
    const name = `Подарки ${size} ${language}`;

    await window.open('/templates/new');
    await olga.type(page.getByRole('textbox', { name: t('template:name.label') }), name);
    await olga.type(at.text, TEXT);
    await at.picture.getByText(TEXT.slice(0, 40)).waitFor();
    assert.ok(await at.way('as_is').isChecked());
    await at.told('as_is').getByText(t('parts', { count: 2 })).waitFor();
    await at.told('plain').getByText(t('message-text:spelling.same')).waitFor();
    await at.told('latin').getByText(t('parts', { count: 1 })).waitFor();
    await at.told('latin').getByText(t('message-text:spelling.saves', { share: language === 'ru' ? '50\u00a0%' : '50%' })).waitFor();
    const { clients } = await service.api.call('GET', '/v1/clients/count');
    const saved = (clients * 2.5).toFixed(2).split('.')[0];
    assert.ok((await at.told('latin').textContent()).replace(/[\s,]/g, '').includes(saved), await at.told('latin').textContent());

    await olga.click(at.told('latin'));
    await at.picture.getByText(LATIN, { exact: true }).waitFor();
    await page.getByText(t('message-text:counter.spelled.latin')).first().waitFor();
    await window.mustFit();
    await mustBeAccessible(window, 'the spellings');
    await olga.click(at.button(t('template:save.new')));
    await page.getByRole('heading', { level: 1, name }).waitFor();
    const id = page.url().split('/').at(-1);
    const made = await service.api.call('GET', `/v1/templates/${id}`);
    assert.deepEqual([made.spelling, made.text, made.version], ['latin', TEXT, 1]);

    // Another spelling is a change, and a version that says so.
    await olga.click(at.told('as_is'));
    await olga.click(at.button(t('template:save.changes')));
    await page.getByText(t('template:save.done_version', { version: 2 })).waitFor();
    await olga.click(at.told('latin'));
    await olga.click(at.button(t('template:save.changes')));
    await page.getByText(t('template:save.done_version', { version: 3 })).waitFor();
    await olga.click(page.getByText(t('template:versions.changes')).first());
    await page.getByText(`${t('message-text:spelling.label')}: ${t('message-text:spelling.latin').toLowerCase()}`).first().waitFor();

    // A campaign takes it along; the check says what it saves, and without it what it would save.
    await window.open(`/campaigns/${ids.draft}/edit?step=what`);
    await olga.click(at.button(t('campaign-edit:template.take')).or(at.button(t('campaign-edit:template.other'))));
    await olga.type(at.dialog.getByRole('searchbox'), name);
    await olga.click(at.dialog.getByText(name, { exact: true }));
    await at.dialog.getByText(LATIN, { exact: true }).waitFor();
    await olga.click(at.dialog.getByRole('button', { name: t('campaign-edit:template.confirm') }));
    await at.picture.getByText(LATIN, { exact: true }).waitFor();
    assert.ok(await at.way('latin').isChecked());
    const draft = () => service.api.call('GET', `/v1/campaigns/${ids.draft}`);
    await waitFor('the draft to have the spelling', async () => (await draft()).spelling === 'latin');
    await window.mustFit();
    await mustBeAccessible(window, 'what');

    const check = async (spelling) => {
      await olga.click(page.getByRole('navigation', { name: t('campaign-edit:steps.label') }).getByRole('button', { name: t('campaign-edit:steps.check') }));
      const said = await service.api.call('GET', `/v1/campaigns/${ids.draft}/check`);
      const cost = Object.fromEntries(said.spellings.map((one) => [one.spelling, Number(one.cost)]));
      assert.equal(Number(said.cost), cost[spelling]);
      assert.equal(cost.as_is, 2 * cost.latin);
      return cost.as_is - cost.latin;
    };
    const money = (amount) => {
      const [whole, fraction] = amount.toFixed(2).split('.');
      const grouped = whole.length <= 4 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
      return language === 'ru' ? `${grouped},${fraction}\u00a0₽` : `₽${grouped}.${fraction}`;
    };
    await page.getByText(t('campaign-edit:check.spelled', { money: money(await check('latin')) })).waitFor();
    await mustBeAccessible(window, 'the check');
    await window.open(`/campaigns/${ids.draft}/edit?step=what`);
    await olga.click(at.told('as_is'));
    await waitFor('the draft to be as written', async () => (await draft()).spelling === 'as_is');
    assert.equal((await draft()).template_id, id, 'the text is still the template\'s');
    const share = language === 'ru' ? '50\u00a0%' : '50%';
    await page.getByText(t('campaign-edit:check.offer_latin', { money: money(await check('as_is')), share })).waitFor();
    await window.mustFit();
    window.mustBeClean();
    await window.close();
  });
}
