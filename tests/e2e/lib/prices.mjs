// SPDX-License-Identifier: AGPL-3.0-or-later
// prices - price lists, an invoice, rules of routing and contracts of the simulated operator's account `sim`.

const CSV = { 'content-type': 'text/csv' };
const DAY_MS = 86_400_000;

/** "2026-11-28", so many days from now, in Moscow. */
export function day(from = 0) {
  return new Date(Date.now() + 3 * 3_600_000 + from * DAY_MS).toISOString().slice(0, 10);
}

export const PRICES = 'operator;prefix;category;registered;price\nmts;;advertising;;3,50\nmts;;;yes;2,10\nmts;;;;2,90\nbeeline;;;;2,75\n;77;;;11,2\n;;;;4\n';
export const DEARER = 'operator;prefix;category;registered;price\nmts;;advertising;;4,00\nmts;;;yes;1,95\nmts;;;;2,90\nmegafon;;;;2,60\n;77;;;11,2\n;;;;4\n';

/** Puts a price list into force, whatever is. */
export async function loadTariff(api, from, text, { file = 'цены.csv', account = 'sim' } = {}) {
  const query = new URLSearchParams({ account, from, vat: 'excluded', file_name: file });
  const send = (path, more = '') => api.call('POST', `${path}?${query}${more}`, undefined, { pieces: [text], headers: CSV });
  const { against } = await send('/v1/tariffs/preview');
  return send('/v1/tariffs', `&against=${against}`);
}

export async function loadInvoice(api, month, text, { account = 'sim', file = 'счёт.csv' } = {}) {
  const query = new URLSearchParams({ account, month, vat: 'included', file_name: file });
  return api.call('POST', `/v1/invoices?${query}`, undefined, { pieces: [text], headers: CSV });
}

/** Resolves to the ids that addresses are made of. */
export async function setPrices({ api, house }) {
  await loadTariff(api, day(-200), 'price\n5\n', { file: 'прежние цены.csv' });
  const now = await loadTariff(api, day(-30), PRICES, { file: 'цены с сентября.csv' });
  await loadTariff(api, day(20), DEARER, { file: 'цены на новый год.xlsx.csv' });
  await loadInvoice(api, day().slice(0, 7), 'operator;category;count;sum\nmts;;10;100\n;;5;20\n', { file: 'первый счёт.csv' });
  const invoice = await loadInvoice(api, day().slice(0, 7), 'operator;category;count;price;sum\nmts;advertising;1000;3,50;3500,00\n;;200;4;800,00\n');
  await api.call('POST', '/v1/route-rules', {
    name: 'Коды — прямым каналом', category: 'authorisation', operator: 'mts', accounts: [{ account: 'sim' }], price_max: '4.5', delivery_min_percent: 90, spread_percent: 5,
  });
  await api.call('POST', '/v1/route-rules', { name: 'Остальное', enabled: false });
  const id = await house.value("SELECT id FROM account WHERE name = 'sim'");
  await api.call('PUT', `/v1/accounts/${id}/route`, { by_contracts: false, cap_day: 200_000, cap_month: 5_000_000 });
  await api.call('PUT', '/v1/operator-contracts', { account: 'sim', operator: 'mts', number: 'Д-114 от 15.01.2026', valid_from: '2026-01-15' });
  await api.call('PUT', '/v1/operator-contracts', { account: 'sim', operator: 'beeline', number: 'Д-7', valid_from: '2025-01-15', valid_to: '2025-12-31' });
  return { tariff: now.id, comparison: invoice.id };
}
