// SPDX-License-Identifier: AGPL-3.0-or-later
// company - enough of everything that every page has something to show: clients, files, campaigns in each
// state, messages.

import { clientOf, phoneOf } from '../../system/lib/clients.mjs';
import { waitFor } from '../../system/lib/wait.mjs';

export const TEXT = '{first_name|Уважаемый клиент}, у вас {бонус|0} бонусов. Потратьте их до конца месяца!';

const HEADER = ['Код', 'Телефон', 'Фамилия', 'Имя', 'Город', 'Бонус'];

/** Rows of a file of clients, the first one being number `from`. */
export function rows(count, from = 0) {
  return [HEADER, ...Array.from({ length: count }, (_, i) => {
    const client = clientOf(from + i);
    return [client.external_id, client.phone, client.last_name, client.first_name, client.city, client.bonus];
  })];
}

/** Resolves to the ids that addresses are made of. */
export async function furnish(service, clients = 60) {
  const table = rows(clients);
  table[3][3] = '';
  const { list_id: list } = await service.import(table, { file: 'клиенты-ноябрь.csv', list: 'Ноябрь' });
  const bad = [...rows(5, clients), ['C-1', '7,9E+10', 'Котова', 'Вера', 'Псков', '1'], ['C-2', '12', 'Котов', 'Глеб', 'Псков', '2']];
  const { id: imported } = await service.import(bad, { file: 'с ошибками.csv', list: 'Проверка', onError: 'skip' });
  await service.api.call('PUT', '/v1/opt-outs', { phone: phoneOf(5), scope: 'all' });

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
  const { messages: [message] } = await service.api.call('POST', '/v1/messages/search', { phone: phoneOf(1), limit: 1 });
  const { clients: [client] } = await service.api.call('POST', '/v1/clients/search', { phone: phoneOf(1) });
  return { list, imported, draft, finished, running, message: message.id, client: client.id };
}
