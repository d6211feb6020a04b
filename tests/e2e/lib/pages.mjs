// SPDX-License-Identifier: AGPL-3.0-or-later
// pages - every page by its folder in web/src/pages, with the addresses to look at.

import { readdirSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../../system/lib/process.mjs';

/** By folder, each with a name for its picture; `ids` as furnish() of company.mjs gives them. */
export function addresses(ids) {
  const tab = (name) => `/campaigns/${ids.finished}?tab=${name}`;
  const step = (name) => `/campaigns/${ids.draft}/edit?step=${name}`;
  return {
    start: { start: '/' },
    profile: { profile: '/profile' },
    campaigns: { campaigns: '/campaigns' },
    campaign: {
      'campaign-running': `/campaigns/${ids.running}`,
      'campaign-result': tab('result'),
      'campaign-missed': tab('missed'),
      'campaign-messages': tab('messages'),
      'campaign-settings': tab('settings'),
    },
    'campaign-edit': {
      'campaign-new': '/campaigns/new',
      'campaign-whom': step('whom'),
      'campaign-what': step('what'),
      'campaign-from-template': `/campaigns/${ids.taken}/edit?step=what`,
      'campaign-when': step('when'),
      'campaign-check': step('check'),
    },
    imports: { imports: '/imports' },
    import: { import: `/imports/${ids.imported}` },
    clients: { clients: '/clients' },
    client: { client: `/clients/${ids.client}`, 'client-blocked': `/clients/${ids.blocked}` },
    lists: { lists: '/lists' },
    list: { 'list-new': '/lists/new', 'list-conditions': `/lists/${ids.dynamic}`, 'list-file': `/lists/${ids.list}` },
    templates: { templates: '/templates' },
    template: { 'template-new': '/templates/new', template: `/templates/${ids.template}` },
    'promo-pools': { 'promo-pools': '/templates/promo' },
    'promo-pool': { 'promo-pool': `/templates/promo/${ids.pool}` },
    links: { links: '/templates/links' },
    senders: { senders: '/senders' },
    sender: { sender: `/senders/${ids.sender}`, 'sender-new': `/senders/${ids.unregistered}` },
    routing: { routing: '/delivery/routing' },
    tariffs: { tariffs: '/delivery/tariffs' },
    tariff: { tariff: `/delivery/tariffs/${ids.tariff}` },
    'tariff-load': { 'tariff-load': '/delivery/tariffs/load' },
    rules: { rules: '/delivery/rules' },
    invoices: { invoices: '/delivery/invoices' },
    invoice: { invoice: `/delivery/invoices/${ids.comparison}` },
    'invoice-load': { 'invoice-load': '/delivery/invoices/load' },
    sources: { sources: '/sources' },
    source: { 'source-held': `/sources/${ids.source}`, 'source-trial': `/sources/${ids.trial}` },
    'source-edit': { 'source-new': '/sources/new', 'source-change': `/sources/${ids.source}/edit` },
    attributes: { attributes: '/attributes' },
    purposes: { purposes: '/purposes' },
    purpose: { 'purpose-new': '/purposes/new', purpose: '/purposes/marketing' },
    delivery: { delivery: '/delivery' },
    account: { account: `/delivery/accounts/${ids.account}`, 'account-trouble': `/delivery/accounts/${ids.far}` },
    'account-edit': { 'account-new': '/delivery/accounts/new', 'account-change': `/delivery/accounts/${ids.far}/edit` },
    'provider-edit': { 'provider-new': '/delivery/providers/new', 'provider-change': `/delivery/providers/${ids.provider}/edit` },
    messages: { messages: '/messages' },
    message: { message: `/messages/${ids.message}` },
  };
}

/** Folders of pages that exist. */
export function folders() {
  return readdirSync(path.join(ROOT, 'web/src/pages'));
}
