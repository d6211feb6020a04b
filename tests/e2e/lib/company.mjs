// SPDX-License-Identifier: AGPL-3.0-or-later
// company - enough of everything that every page has something to show: clients, files, campaigns in each
// state, messages.

import { clientOf, phoneOf } from '../../system/lib/clients.mjs';
import { waitFor } from '../../system/lib/wait.mjs';
import { setPrices } from './prices.mjs';
import { Sources } from './sources.mjs';

export const TEXT = '{first_name|Уважаемый клиент}, у вас {бонус|0} бонусов. Потратьте их до конца месяца!';

const HEADER = ['Код', 'Телефон', 'Фамилия', 'Имя', 'Город', 'Бонус'];

/** Rows of a file of clients, the first one being number `from`. */
export function rows(count, from = 0) {
  return [HEADER, ...Array.from({ length: count }, (_, i) => {
    const client = clientOf(from + i);
    return [client.external_id, client.phone, client.last_name, client.first_name, client.city, client.bonus];
  })];
}

/** What a CRM would tell of the clients: cities, ages, segments, what they bought. */
async function fillIn({ house }) {
  await house.db.query(`UPDATE client SET city = (ARRAY['Тверь', 'Казань', 'Омск', 'Псков'])[1 + (id * id) % 4], sex = 1 + id % 2,
    birthday = (current_date - make_interval(years => (18 + (id * 7) % 60)::integer, days => (id * 3)::integer))::date,
    segment = CASE WHEN id % 5 <> 0 THEN (ARRAY['новые', 'постоянные', 'спящие'])[1 + id % 3] END, region = 'Тверская область',
    loyalty_tier = 'золотой', points = 120, debt = 1500.5, contract_number = 'Д-2026/' || id, contract_to = '2027-01-31', tags = '{vip,дети}'`);
  await house.db.query("INSERT INTO action_category (code) VALUES ('обувь') ON CONFLICT DO NOTHING");
  await house.db.query(`INSERT INTO action (client_id, at, amount_micro, kind, category)
    SELECT c.id, now() - make_interval(days => n * 9), (500 + c.id * n * 37 % 5000) * 1000000, k.id, g.id FROM client c, generate_series(1, 3) n, action_kind k, action_category g
     WHERE k.code = 'purchase' AND g.code = 'обувь'`);
}

/** Short links that are set up, a pool that is nearly used up, and templates: one of two versions that a campaign took. */
export async function writeTemplates({ api }) {
  await api.call('PUT', '/v1/links/settings', { base: 'https://go.example/l/', days: 90 });
  const pool = await api.call('POST', '/v1/promo-pools', { name: 'весна 2026' });
  await loadCodes(api, pool.id, Array.from({ length: 120 }, (_, i) => `SPRING-${1000 + i}`));
  const texts = {
    name: 'Весенняя акция', category: 'advertising', sender: 'VESTNIK',
    text: '{first_name:first_word|Друзья}, с весной! Дарим промокод {promo "весна 2026"}: {link https://shop.example/spring?c={external_id|}}',
  };
  const { id: template } = await api.call('POST', '/v1/templates', { ...texts, text: 'С весной! Скидка 10 % на всё до конца марта.' });
  await api.call('PUT', `/v1/templates/${template}`, texts);
  await api.call('POST', '/v1/templates', { name: 'Напоминание о записи', category: 'service', sender: 'VESTNIK', text: '{first_name|Здравствуйте}, ждём вас завтра. Филиал: {branch|центральный}.' });
  const { id: taken } = await api.call('POST', '/v1/campaigns', { name: 'Весна в Твери', template_id: template });
  return { template, pool: pool.id, taken };
}

/** One a line, as a file of them is. */
export function loadCodes(api, pool, codes) {
  return api.call('POST', `/v1/promo-pools/${pool}/codes`, undefined, { pieces: [codes.join('\n')], headers: { 'content-type': 'text/plain' } });
}

/** Two sources: one that holds back whom it misses and refused rows, one that was only tried. */
async function connect(service) {
  const sources = await Sources.open(service);
  const file = (count, from) => [['Код', 'Моб', 'Фамилия', 'Город'], ...Array.from({ length: count }, (_, i) => [`crm${i}`, `+7916${4_000_000 + i}`, 'Соколов', from])];
  const columns = [{ header: 'Моб', field: 'phone' }];
  sources.drop('crm', '1.csv', file(20, 'Тверь'));
  const source = await sources.make('crm', { name: 'Клиенты из CRM', daily_at: '03:30', columns });
  await sources.run(source);
  sources.drop('crm', '2.csv', [...file(12, 'Казань'), ['crm13', '12', 'Котов', 'Псков'], ['crm14', '', 'Котова', 'Псков']]);
  await sources.run(source);
  sources.drop('shop', '1.csv', file(15, 'Омск'));
  const trial = await sources.make('shop', { name: 'Магазин на сайте', every_min: 60, enabled: false, columns });
  await sources.run(trial, { dry_run: true });
  return { source: source.id, trial: trial.id };
}

/** Beside the account that everything goes by: one that nobody lets in, one by HTTP, and whom to call about them. */
async function accounts({ api }) {
  const { accounts: [{ id }] } = await api.call('GET', '/v1/accounts');
  const provider = await api.call('POST', '/v1/providers', { name: 'siskin', title: 'Чиж Телеком', contact: '+7 800 000-00-00, круглосуточно, Иван Снегирёв', contract: '17 от 15.01.2026' });
  const far = await api.call('POST', '/v1/accounts', { name: 'reserve', provider: 'siskin', host: '127.0.0.1', port: 1, system_id: 'reserve', password: 'geheim', window_size: 50, price_micro: 2_150_000 });
  await api.call('POST', '/v1/accounts', { name: 'web', provider: 'siskin', kind: 'http', profile: 'smsc', settings: { login: 'company' }, secrets: { password: 'geheim' }, enabled: false });
  return { account: id, far: far.id, provider: provider.id };
}

/** A client with a consent and its proof, one whose data are blocked. */
async function consents(service) {
  const { api } = service;
  const text = await api.call('POST', '/v1/consent-texts', { purpose: 'marketing', text: 'Я согласен получать рекламу по SMS от магазина «Зимородок».' });
  await api.call('POST', '/v1/consent-texts', { purpose: 'marketing', text: 'Я согласен получать рекламу по SMS от магазинов «Зимородок» и «Щегол». Согласие можно отозвать в любой момент.' });
  await api.call('POST', '/v1/consents', { phone: phoneOf(1), purpose: 'marketing', text_id: text.id, form: 'Анкета в магазине', source: 'letter', origin: 'скан 2026-114', identity: 'паспорт' });
  await api.call('POST', '/v1/attributes', { name: 'Карта', type: 'one_of', choices: ['золотая', 'серебряная'] });
  await service.import([['Код', 'Телефон', 'Фамилия'], ['BLOCKED', '+79165550000', 'Закрытов']], { file: 'закрытый.csv' });
  const { clients: [{ id }] } = await api.call('POST', '/v1/clients/search', { external_id: 'BLOCKED' });
  await api.call('POST', `/v1/clients/${id}/block`, { reason: 'Клиент оспаривает данные, заявление 17' });
  return { blocked: id };
}

/** A sender that most operators know, with texts; one that nobody knows yet. */
async function registerSenders({ api, house }) {
  const provider = await house.value('SELECT p.name FROM provider p JOIN account a ON a.provider_id = p.id ORDER BY a.id LIMIT 1');
  const { id: sender } = await api.call('POST', '/v1/senders', { name: 'VESTNIK', note: 'Товарный знак № 512, документы у юристов' });
  const { id: unregistered } = await api.call('POST', '/v1/senders', { name: 'ZIMORODOK' });
  await api.call('POST', '/v1/senders', { name: '1234', note: 'Для ответов', enabled: false });
  const say = (fields) => api.call('POST', `/v1/senders/${sender}/registrations`, { provider, ...fields });
  await say({ state: 'active', valid_from: '2026-01-15', contract: 'Д-114', monthly_fee: '1020.00' });
  await say({ operator: 'beeline', state: 'refused', note: 'Нет доверенности от правообладателя' });
  await say({ operator: 't2', state: 'asked', contract: 'Заявка 77' });
  await say({ operator: 'yota', state: 'active', valid_to: '2026-02-01' });
  await say({ operator: 'motiv', state: 'ended' });
  const text = (fields) => api.call('POST', '/v1/template-registrations', { sender_id: sender, provider, state: 'active', category: 'service', ...fields });
  await text({ operator: 'mts', pattern: '%w{1,3}, ждём вас завтра. Филиал: %w{1,5}.' });
  await text({ operator: 'mts', category: 'authorisation', pattern: 'Код: %d. Никому его не говорите.' });
  await text({ state: 'asked', pattern: 'Заказ %d готов, хранится до %d.' });
  await api.call('PUT', '/v1/sender-rules', { defaults: [{ class: 'advertising', category: null, sender: 'VESTNIK' }] });
  return { sender, unregistered };
}

/** Resolves to the ids that addresses are made of. */
export async function furnish(service, clients = 60) {
  const table = rows(clients);
  table[3][3] = '';
  const { list_id: list } = await service.import(table, { file: 'клиенты-ноябрь.csv', list: 'Ноябрь' });
  const bad = [...rows(5, clients), ['C-1', '7,9E+10', 'Котова', 'Вера', 'Псков', '1'], ['C-2', '12', 'Котов', 'Глеб', 'Псков', '2']];
  const { id: imported } = await service.import(bad, { file: 'с ошибками.csv', list: 'Проверка', onError: 'skip' });
  await service.api.call('PUT', '/v1/opt-outs', { phone: phoneOf(5), scope: 'all' });
  await fillIn(service);
  const { id: dynamic } = await service.api.call('POST', '/v1/lists', {
    name: 'Тверь и Казань, покупали недавно',
    criteria: { and: [
      { criterion: 'city', op: 'in', values: ['Тверь', 'Казань'] },
      { criterion: 'action_sum', action: 'purchase', category: 'обувь', within: 90, op: 'ge', value: 1000 },
      { not: { or: [{ criterion: 'opted_out_all', op: 'is' }, { criterion: 'age', op: 'lt', value: 18 }] } },
    ] },
  });

  const written = await writeTemplates(service);
  const senders = await registerSenders(service);
  const finished = await service.launch({ name: 'Ноябрьские бонусы', text: TEXT, list_id: list });
  const draft = (await service.api.call('POST', '/v1/campaigns', { name: 'Черновик', text: TEXT, sender: 'VESTNIK', category: 'advertising', list_id: list })).id;
  await service.launch({ name: 'Предновогодняя', text: TEXT, list_id: list, start_at: new Date(Date.now() + 86_400_000).toISOString() });
  await service.reaches(finished, 'finished');
  // 60 clients at one a minute: it runs for an hour, longer than the slowest machine needs to look at every page.
  // The first one has it when anybody looks, so that the pages show something delivered.
  const running = await service.launch({ name: 'Напоминание о записи', text: TEXT, list_id: list, pace_per_min: 1 });
  await waitFor('the first message of the running campaign to be delivered', async () => {
    const { counts } = await service.api.call('GET', `/v1/campaigns/${running}`);
    return counts?.delivered > 0;
  });
  const prices = await setPrices(service);
  const { messages: [message] } = await service.api.call('POST', '/v1/messages/search', { phone: phoneOf(1), limit: 1 });
  const { clients: [client] } = await service.api.call('POST', '/v1/clients/search', { phone: phoneOf(1) });
  return {
    list, dynamic, imported, draft, finished, running, message: message.id, client: client.id,
    ...written, ...senders, ...prices, ...await connect(service), ...await consents(service), ...await accounts(service),
  };
}
