// SPDX-License-Identifier: AGPL-3.0-or-later
// build - bring the sample company about through the API, as its people would.  What is there by its name already is
// left alone, so a demo that is started again finds its company as it was left.

import { createHash } from 'node:crypto';

import { waitFor } from '../../tests/system/lib/wait.mjs';
import { clientOf } from './clients.mjs';
import * as company from './company.mjs';

const ROWS_A_PIECE = 5000;

/** A file of clients in pieces; every so many of its good rows stands a bad one. */
function* csv({ columns, count, from = 0, every = 1, bad = [] }) {
  const headers = Object.keys(columns);
  const left = [...bad];
  let text = `${headers.join(';')}\n`;
  for (let n = 0; n < count; n++) {
    const client = clientOf(from + n * every);
    text += `${headers.map((header) => columns[header](client)).join(';')}\n`;
    if (n % 29 === 17 && left.length > 0) text += `${left.shift()}\n`;
    if (n % ROWS_A_PIECE === ROWS_A_PIECE - 1) {
      yield Buffer.from(text);
      text = '';
    }
  }
  if (text) yield Buffer.from(text);
}

export class Builder {
  /**
   * @param {Http} person  who does it all; messages of programs apart
   * @param {Http} program
   * @param {AbortSignal} signal ends it between two steps
   */
  constructor(person, program, signal) {
    this.person = person;
    this.program = program;
    this.signal = signal;
  }

  call(...request) {
    this.signal.throwIfAborted();
    return this.person.call(...request);
  }

  // --- the manager --------------------------------------------------------------------------------------

  async ownPhone() {
    const { phone } = await this.call('GET', '/v1/me');
    if (phone === null) await this.call('PATCH', '/v1/me', { phone: company.manager.phone });
  }

  // --- clients ------------------------------------------------------------------------------------------

  /** The list's id, or undefined. */
  async listId(name) {
    const { lists } = await this.call('GET', '/v1/lists?limit=200');
    return lists.find((list) => list.name === name)?.id;
  }

  /** Import a file, unless one of this name was; resolves to the import, or null when it was there. */
  async import(file) {
    const { imports } = await this.call('GET', '/v1/imports?limit=200');
    const stands = ({ file_name, status, rows_read }) => file_name === file.name && ['done', 'refused'].includes(status) && rows_read >= file.count;
    if (imports.some(stands)) return null;
    const { name: file_name, list, on_error = 'refuse' } = file;
    const { id } = await this.call('POST', '/v1/imports/plan', { file_name, list, on_error });
    try {
      const done = await this.call('PUT', `/v1/imports/${id}/file`, undefined, { pieces: csv(file), headers: { 'content-type': 'text/csv' } });
      await this.agree(done.list_id, file);
      return done;
    } catch (error) {
      if (!file.refused || error.status !== 422) throw error;
      return this.call('GET', `/v1/imports/${id}`);
    }
  }

  /** Everybody in the file has agreed to advertising, and here is the proof. */
  async agree(list, { name }) {
    const { text, proof, origin, basis } = company.consent;
    const { consent_texts: [known] } = await this.call('GET', '/v1/consent-texts?purpose=marketing');
    const { id: text_id } = known ?? await this.call('POST', '/v1/consent-texts', { purpose: 'marketing', text });
    const { id: proof_id } = await this.call('POST', '/v1/consent-proofs', undefined,
      { pieces: [Buffer.from(`${proof}: ${name}`)], headers: { 'content-type': 'text/plain' } });
    await this.call('POST', `/v1/lists/${list}/consents`, { purpose: 'marketing', text_id, origin, basis, proof_id });
  }

  importCards(count) {
    return this.import({ ...company.cards, count });
  }

  async clients() {
    let fresh = false;
    for (const file of company.files) fresh = await this.import(file) !== null || fresh;
    if (!fresh) return;
    for (const optOut of company.optOuts) await this.call('PUT', '/v1/opt-outs', optOut);
  }

  // --- campaigns ----------------------------------------------------------------------------------------

  /** The newest campaign of this name, or undefined. */
  async find(name) {
    const { campaigns } = await this.call('GET', `/v1/campaigns?limit=200&query=${encodeURIComponent(name)}`);
    return campaigns.find((campaign) => campaign.name === name);
  }

  async draft({ list, becomes, ...fields }) {
    return this.call('POST', '/v1/campaigns', { ...fields, list_id: await this.listId(list) });
  }

  launch({ id }) {
    return this.call('POST', `/v1/campaigns/${id}/launch`);
  }

  reached(campaign, what, condition) {
    return waitFor(`"${campaign.name}" to ${what}`, async () => condition(await this.call('GET', `/v1/campaigns/${campaign.id}`)), { timeoutMs: 120_000, everyMs: 100 });
  }

  /** Launch it and stop it in its course, once its first clients have been written to. */
  async interrupt(campaign, how) {
    await this.launch(campaign);
    await this.reached(campaign, 'get going', ({ counts }) => counts?.accepted > 0);
    await this.call('POST', `/v1/campaigns/${campaign.id}/${how}`);
  }

  async become(status, campaign) {
    switch (status) {
      case 'draft': return undefined;
      case 'paused': return this.interrupt(campaign, 'pause');
      case 'cancelled': return this.interrupt(campaign, 'cancel');
      case 'finished':
        await this.launch(campaign);
        return this.reached(campaign, 'finish', (now) => now.status === 'finished');
      default: return this.launch(campaign);
    }
  }

  /** The campaign of the terminal, launched now or in an earlier demo. */
  async first() {
    const campaign = await this.find(company.first.name) ?? await this.draft(company.first);
    if (campaign.status === 'draft') await this.launch(campaign);
    return campaign;
  }

  /** The campaign to begin with for a plan, or null when there is one that stands as it shall. */
  async begin(plan) {
    const known = await this.find(plan.name);
    if (known === undefined) return this.draft(plan);
    // An earlier demo was stopped before it could launch it.
    if (known.status === 'draft' && plan.becomes !== 'draft') return known;
    // Something always runs, and something is planned.
    const over = ['running', 'planned'].includes(plan.becomes) && known.finished_at;
    return over ? this.draft(plan) : null;
  }

  /** All others, made in their order and launched together. */
  async campaigns() {
    const fresh = [];
    for (const plan of company.campaigns) {
      const campaign = await this.begin(plan);
      if (campaign) fresh.push({ plan, campaign });
    }
    await Promise.all(fresh.map(({ plan, campaign }) => this.become(plan.becomes, campaign)));
  }

  // --- messages -----------------------------------------------------------------------------------------

  /** The key keeps a second start within three days from sending them again. */
  async messages() {
    for (const message of company.messages) {
      this.signal.throwIfAborted();
      const key = createHash('sha256').update(JSON.stringify(message)).digest('hex');
      await this.program.call('POST', '/v1/messages', message, { headers: { 'Idempotency-Key': key } });
    }
  }
}
