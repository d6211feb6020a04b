// SPDX-License-Identifier: AGPL-3.0-or-later
// crm - another system, as docs/amqp.md tells it to be: events into exchange crm.in, events from queue crm.out.
//
//   const crm = await Crm.connect(house);
//   const id = await crm.send('client.action', { client: 'c1', kind: 'visit', at: '2026-11-28T10:00:00Z' });
//   const event = await crm.received('event.refused', (e) => e.data.event_id === id);

import { randomUUID } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import amqp from 'amqplib';

import { ROOT } from './process.mjs';
import { waitFor } from './wait.mjs';

/** The schema of each type of event, compiled. */
const SCHEMAS = (() => {
  const dir = path.join(ROOT, 'docs/amqp');
  const ajv = addFormats(new Ajv.default({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true }));
  return Object.fromEntries(readdirSync(dir).map((file) => [file.replace('.schema.json', ''), ajv.compile(JSON.parse(readFileSync(path.join(dir, file), 'utf8')))]));
})();

/** What an event has against its schema; empty: nothing. */
export function faults(event) {
  const check = SCHEMAS[event.type];
  if (!check) return [`no schema of ${event.type}`];
  return check(event) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message}`);
}

export class Crm {
  static async connect(house) {
    const crm = new Crm();
    crm.events = [];
    crm.faults = []; // of what came, against the schemas
    crm.connection = await amqp.connect(house.brokerUrl);
    crm.connection.on('error', () => {});
    crm.channel = await crm.connection.createConfirmChannel();
    await crm.channel.prefetch(1000);
    ({ consumerTag: crm.consumer } = await crm.channel.consume('crm.out', (message) => {
      if (message === null) return;
      const event = JSON.parse(message.content);
      crm.faults.push(...faults(event).map((fault) => `${event.type}: ${fault}`));
      crm.events.push({ ...event, key: message.fields.routingKey, properties: message.properties });
      crm.channel.ack(message);
    }));
    return crm;
  }

  /** Publish what may be no event at all; resolves once the broker has it. */
  publish(body, key = 'anything') {
    return new Promise((resolve, reject) => {
      this.channel.publish('crm.in', key, Buffer.from(body), { persistent: true }, (error) => (error ? reject(error) : resolve()));
    });
  }

  /** Publish an event; resolves to its id. */
  async send(type, data, more = {}) {
    const id = more.id ?? randomUUID();
    await this.publish(JSON.stringify({ id, type, data, ...more }), type);
    return id;
  }

  /** Wait for an event of crm.out. */
  received(type, like = () => true, options) {
    return waitFor(`an event ${type}`, () => this.events.find((event) => event.type === type && like(event)), options);
  }

  /** Read nothing more. */
  silence() {
    return this.channel.cancel(this.consumer);
  }

  refused(id, options) {
    return this.received('event.refused', (event) => event.data.event_id === id, options);
  }

  async close() {
    await this.connection.close();
  }
}
