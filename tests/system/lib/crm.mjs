// SPDX-License-Identifier: AGPL-3.0-or-later
// crm - another system, as docs/amqp.md tells it to be: events into exchange crm.in, events from queue crm.out.
//
//   const crm = await Crm.connect(house);
//   const id = await crm.send('client.action', { client: 'c1', kind: 'visit', at: '2026-11-28T10:00:00Z' });
//   const event = await crm.received('event.refused', (e) => e.data.event_id === id);

import { randomUUID } from 'node:crypto';

import amqp from 'amqplib';

import { waitFor } from './wait.mjs';

export class Crm {
  static async connect(house) {
    const crm = new Crm();
    crm.events = [];
    crm.connection = await amqp.connect(house.brokerUrl);
    crm.connection.on('error', () => {});
    crm.channel = await crm.connection.createConfirmChannel();
    await crm.channel.prefetch(1000);
    await crm.channel.consume('crm.out', (message) => {
      if (message === null) return;
      crm.events.push({ ...JSON.parse(message.content), key: message.fields.routingKey, properties: message.properties });
      crm.channel.ack(message);
    });
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

  refused(id, options) {
    return this.received('event.refused', (event) => event.data.event_id === id, options);
  }

  async close() {
    await this.connection.close();
  }
}
