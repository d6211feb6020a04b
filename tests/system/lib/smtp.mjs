// SPDX-License-Identifier: AGPL-3.0-or-later
// smtp - a mail server nobody here wrote (npm smtp-server), and what it was given.

import { SMTPServer } from 'smtp-server';

/** Words of RFC 2047 as text. */
const words = (text) => text.replace(/\?=\s+=\?/g, '?==?').replace(/=\?UTF-8\?B\?([^?]*)\?=/g, (_, data) => Buffer.from(data, 'base64').toString('latin1'));

/** Head and body of a letter as Vestnik writes it. */
export function parseLetter(raw) {
  const [head, body] = raw.split(/\r\n\r\n/);
  const fields = Object.fromEntries(head.replace(/\r\n[ \t]+/g, ' ').split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  return { ...fields, subject: Buffer.from(words(fields.subject), 'latin1').toString('utf8'), text: Buffer.from(body.replace(/\r\n/g, ''), 'base64').toString('utf8'), raw };
}

export class MailServer {
  letters = [];
  tries = [];

  /** What RCPT is answered; an Error with responseCode refuses. */
  onReceiver = () => undefined;

  /** Waited for before a letter is accepted. */
  delay = async () => {};

  static async start({ host = '127.0.0.1', port = 0, ...options } = {}) {
    const mail = new MailServer();
    mail.server = new SMTPServer({
      authOptional: true,
      hideSTARTTLS: true,
      logger: false,
      onRcptTo: ({ address }, session, done) => {
        mail.tries.push(address);
        done(mail.onReceiver(address));
      },
      onData: (stream, session, done) => {
        const pieces = [];
        stream.on('data', (piece) => pieces.push(piece));
        stream.on('end', async () => {
          await mail.delay();
          mail.letters.push({ ...parseLetter(Buffer.concat(pieces).toString('utf8')), from: session.envelope.mailFrom.address, receivers: session.envelope.rcptTo.map(({ address }) => address), secure: session.secure, user: session.user });
          done();
        });
      },
      ...options,
    });
    mail.server.on('error', () => {}); // of connections that end in the middle
    await new Promise((resolve, reject) => { mail.server.listen(port, host, resolve); mail.server.server.once('error', reject); });
    mail.port = mail.server.server.address().port;
    return mail;
  }

  stop() {
    return new Promise((resolve) => { this.server.close(resolve); });
  }

  to(address) {
    return this.letters.filter(({ receivers }) => receivers.includes(address));
  }
}
