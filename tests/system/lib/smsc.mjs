// SPDX-License-Identifier: AGPL-3.0-or-later
// smsc - an SMSC made of the npm package smpp, so that a protocol peer nobody here wrote judges smppd.
// One port serves many accounts: the system_id of the bind says whose session it is.
//
//   const smsc = await Smsc.listen();
//   const bank = smsc.account('bank');
//   bank.onSubmit = (pdu, session) => session.send(pdu.response({ command_status: 0x58 }));
//   await waitFor('a bind', () => bank.bound.length === 1);

import smpp from 'smpp';

export const RESP = 0x80000000;
const BINDS = ['bind_transceiver', 'bind_transmitter', 'bind_receiver'];

/** What one account sees of smppd. */
class Account {
  constructor(smsc, systemId) {
    this.smsc = smsc;
    this.systemId = systemId;
    this.binds = []; // { pdu, session, at } of every bind, refused ones too
    this.bound = []; // sessions, in the order of binding; closed ones leave
    this.submits = []; // { pdu, session, at }
    this.onBind = (pdu, session) => this.acceptBind(pdu, session);
    this.onSubmit = (pdu, session) => this.accept(pdu, session);
  }

  acceptBind(pdu, session) {
    session.send(pdu.response({ system_id: 'npm', sc_interface_version: 0x34 }));
  }

  /** Accept a submit; resolves the id it was given. */
  accept(pdu, session, id = String(this.smsc.nextId++)) {
    session.send(pdu.response({ message_id: id }));
    pdu.given = id;
    return id;
  }
}

export class Smsc {
  /** Listen on a free loopback port; `options` with key and cert make it TLS. */
  static async listen(options = {}) {
    const smsc = new Smsc();
    smsc.accounts = new Map();
    smsc.sessions = new Set();
    smsc.nextId = 1_000_000;
    smsc.answerEnquiries = true;
    smsc.server = smpp.createServer(options, (session) => smsc.adopt(session));
    await new Promise((resolve, reject) => {
      smsc.server.on('error', reject);
      smsc.server.listen(0, '127.0.0.1', resolve);
    });
    smsc.port = smsc.server.address().port;
    return smsc;
  }

  account(systemId) {
    const account = new Account(this, systemId);
    this.accounts.set(systemId, account);
    return account;
  }

  adopt(session) {
    this.sessions.add(session);
    session.connectedAt = performance.now();
    session.pdus = [];
    session.errors = [];
    session.socket.setNoDelay(true);
    session.on('error', (error) => session.errors.push(error));
    session.on('close', () => {
      session.closedAt = performance.now();
      this.sessions.delete(session);
      const bound = session.account?.bound;
      if (bound?.includes(session)) bound.splice(bound.indexOf(session), 1);
    });
    session.on('pdu', (pdu) => this.take(pdu, session));
  }

  take(pdu, session) {
    session.pdus.push(pdu);
    if (BINDS.includes(pdu.command)) {
      session.account = this.accounts.get(pdu.system_id);
      if (!session.account) {
        session.send(pdu.response({ command_status: smpp.ESME_RINVSYSID }));
        return;
      }
      session.account.binds.push({ pdu, session, at: performance.now() });
      session.role = pdu.command;
      session.account.bound.push(session);
      session.account.onBind(pdu, session);
    } else if (pdu.command === 'submit_sm') {
      session.account.submits.push({ pdu, session, at: performance.now() });
      session.account.onSubmit(pdu, session);
    } else if (pdu.command === 'enquire_link') {
      if (session.account?.answerEnquiries ?? true) session.send(pdu.response());
    } else if (pdu.command === 'unbind') {
      session.send(pdu.response());
    } else {
      session.account?.onPdu?.(pdu, session);
    }
  }

  async close() {
    for (const session of this.sessions) session.destroy();
    await new Promise((resolve) => { this.server.close(resolve); });
  }
}

/** Send a request; resolves to its response, rejects when the session closes first. */
export function ask(session, command, fields = {}) {
  return new Promise((resolve, reject) => {
    const closed = () => reject(new Error(`the session closed before the answer to ${command}`));
    session.once('close', closed);
    session[command](fields, (pdu) => {
      session.off('close', closed);
      resolve(pdu);
    });
  });
}

/** The octets of a PDU of our own making. */
export function raw(command, status, sequence, body = Buffer.alloc(0), length = 16 + body.length) {
  const head = Buffer.alloc(16);
  for (const [at, value] of [length, command, status, sequence].entries()) head.writeUInt32BE(value >>> 0, at * 4);
  return Buffer.concat([head, body]);
}

/** Fields of a deliver_sm that is a receipt in the standard's example form. */
export function receipt(id, { stat = 'DELIVRD', err = '000', to = '79161234567', from = 'INFO', ...fields } = {}) {
  return {
    source_addr_ton: 1, source_addr_npi: 1, source_addr: to, dest_addr_ton: 5, destination_addr: from, esm_class: 4,
    short_message: { message: Buffer.from(`id:${id} sub:001 dlvrd:001 submit date:2603051429 done date:2603051430 stat:${stat} err:${err} text:x`) },
    ...fields,
  };
}
