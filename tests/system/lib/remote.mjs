// SPDX-License-Identifier: AGPL-3.0-or-later
// remote - other people's servers on loopback, for sources to read: MariaDB, SFTP, HTTPS.  Real ones, in the
// house's folder, gone with it.

import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

import { waitFor } from './wait.mjs';

const isRoot = process.getuid() === 0;

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const answers = (port) => new Promise((resolve) => {
  const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
  socket.on('error', () => resolve(false));
});

/** A MariaDB with a user `vestnik`, password `secret`, database `crm`; `sql(text)` runs statements. */
export async function startMariadb(house) {
  const dir = path.join(house.dir, 'mariadb');
  const socket = path.join(dir, 'sock');
  const port = await freePort();
  const user = isRoot ? ['--user=mysql'] : [];
  mkdirSync(dir);
  chmodSync(house.dir, 0o755);
  if (isRoot) execFileSync('chown', ['mysql:mysql', dir]);
  execFileSync('mariadb-install-db', ['--no-defaults', `--datadir=${dir}/data`, ...user, '--skip-test-db', '--auth-root-authentication-method=normal'], { stdio: 'ignore' });
  const program = house.program('mariadb', ['/usr/sbin/mariadbd', '--no-defaults', ...user, `--datadir=${dir}/data`, `--socket=${socket}`,
    `--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${dir}/pid`, '--innodb-buffer-pool-size=32M', '--performance-schema=OFF']);
  program.spawn();
  await waitFor('MariaDB to serve', () => answers(port), { timeoutMs: 60_000 });
  const sql = (text) => execFileSync('mariadb', ['--no-defaults', '-uroot', `-S${socket}`, '--default-character-set=utf8mb4'], { input: text });
  sql("CREATE DATABASE crm CHARACTER SET utf8mb4; CREATE USER vestnik@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT SELECT ON crm.* TO vestnik@'127.0.0.1';");
  return { port, sql };
}

/** An SFTP server that lets `key` in; `fingerprint` is its own. */
export async function startSftp(house) {
  const dir = path.join(house.dir, 'sshd');
  const port = await freePort();
  mkdirSync(dir);
  mkdirSync(path.join(dir, 'files'));
  for (const name of ['host', 'client'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', path.join(dir, name)]);
  if (isRoot) mkdirSync('/run/sshd', { recursive: true });
  writeFileSync(path.join(dir, 'conf'), [
    `Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${dir}/host`, `AuthorizedKeysFile ${dir}/client.pub`, 'StrictModes no', 'UsePAM no',
    'PermitRootLogin prohibit-password', `PidFile ${dir}/pid`, 'Subsystem sftp internal-sftp', 'PasswordAuthentication no',
  ].join('\n'));
  house.program('sshd', ['/usr/sbin/sshd', '-D', '-e', '-f', path.join(dir, 'conf')]).spawn();
  await waitFor('sshd to serve', () => answers(port));
  const printed = execFileSync('ssh-keygen', ['-l', '-f', path.join(dir, 'host.pub')], { encoding: 'utf8' });
  return {
    port,
    files: path.join(dir, 'files'),
    user: execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
    key: readFileSync(path.join(dir, 'client'), 'utf8'),
    fingerprint: printed.match(/SHA256:(\S+)/)[1],
  };
}

/** A certificate of localhost, its own authority, and its key: files of the house. libldap takes localhost for the host's name. */
export function selfSigned(house) {
  const cert = path.join(house.dir, 'cert.pem');
  const key = path.join(house.dir, 'key.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key, '-out', cert,
    '-days', '2', '-subj', '/CN=localhost', '-addext', `subjectAltName=DNS:localhost,DNS:${os.hostname()}`], { stdio: 'ignore' });
  return { cert, key };
}

/** An HTTP server; with `house` an HTTPS one, whose certificate is also who vouches for it (`ca`). */
export async function startWeb(handler, house) {
  let server;
  let ca;
  if (house) {
    const { cert, key } = selfSigned(house);
    ca = cert;
    server = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, handler);
  } else {
    server = http.createServer(handler);
  }
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { server, ca, port: server.address().port, close: () => { server.closeAllConnections(); server.close(); } };
}

/** A workbook by somebody else's hand: `rows` of texts, numbers and { date: '2026-11-28' }. */
export function writeWorkbook(file, rows) {
  execFileSync('/usr/bin/python3', ['-c', `
import datetime, json, sys
from openpyxl import Workbook
book = Workbook()
for row in json.load(sys.stdin):
    book.active.append([datetime.date.fromisoformat(c['date']) if isinstance(c, dict) else c for c in row])
book.save(sys.argv[1])
`, file], { input: JSON.stringify(rows) });
  return readFileSync(file);
}
