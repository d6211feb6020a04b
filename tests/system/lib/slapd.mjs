// SPDX-License-Identifier: AGPL-3.0-or-later
// slapd - a company's directory on loopback: Debian's OpenLDAP in the house's folder, gone with it.

import { mkdirSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import { mustRun, run } from './process.mjs';
import { waitFor } from './wait.mjs';

export const BASE = 'dc=zimorodok,dc=ru';
export const ADMIN = `cn=admin,${BASE}`;
export const ADMIN_PASSWORD = 'admin of the directory';

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const config = (dir, tls) => `dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: ${dir}/pid
${tls ? `olcTLSCertificateFile: ${tls.cert}\nolcTLSCertificateKeyFile: ${tls.key}\n` : ''}
dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: /usr/lib/ldap
olcModuleLoad: back_mdb

dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema

include: file:///etc/ldap/schema/core.ldif
include: file:///etc/ldap/schema/cosine.ldif
include: file:///etc/ldap/schema/inetorgperson.ldif

dn: olcDatabase=config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: config
olcRootDN: cn=config
olcRootPW: ${ADMIN_PASSWORD}

dn: olcDatabase=mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: mdb
olcSuffix: ${BASE}
olcRootDN: ${ADMIN}
olcRootPW: ${ADMIN_PASSWORD}
olcDbDirectory: ${dir}/data
olcAccess: to attrs=userPassword by anonymous auth by * none
olcAccess: to * by * read
`;

/**
 * A directory with ou=people and ou=groups; `tls` is { cert, key }.
 *
 * person(uid, {...}) and group(cn, [uids]) add entries, remove(rdn) takes one away, modify(ldif) does anything.
 */
export async function startSlapd(house, { tls } = {}) {
  const dir = path.join(house.dir, 'slapd');
  for (const folder of ['', 'config', 'data']) mkdirSync(path.join(dir, folder), { recursive: true });
  const port = await freePort();
  const tlsPort = await freePort();
  const url = `ldap://127.0.0.1:${port}`;
  writeFileSync(path.join(dir, 'config.ldif'), config(dir, tls));
  await mustRun(['/usr/sbin/slapadd', '-n', '0', '-F', path.join(dir, 'config'), '-l', path.join(dir, 'config.ldif')]);
  // Unauthenticated binds are allowed, as in many a company's directory: they must not get anybody in.
  const server = house.program('slapd', ['/usr/sbin/slapd', '-d', '0', '-h', tls ? `${url} ldaps://127.0.0.1:${tlsPort}` : url, '-F', path.join(dir, 'config')]);
  const as = ['-x', '-H', url, '-D', ADMIN, '-w', ADMIN_PASSWORD];
  const start = async () => {
    server.spawn();
    await waitFor('slapd to serve', async () => (await run(['ldapsearch', ...as, '-b', '', '-s', 'base'])).code === 0);
  };
  const change = (ldif) => mustRun(['ldapmodify', ...as], { input: ldif });
  await start();
  await mustRun(['ldapmodify', '-x', '-H', url, '-D', 'cn=config', '-w', ADMIN_PASSWORD],
    { input: 'dn: cn=config\nchangetype: modify\nadd: olcAllows\nolcAllows: bind_anon_dn bind_anon_cred\n' });
  await mustRun(['ldapadd', ...as], {
    input: `dn: ${BASE}\nobjectClass: dcObject\nobjectClass: organization\no: Zimorodok\ndc: zimorodok\n
dn: ou=people,${BASE}\nobjectClass: organizationalUnit\nou: people\n
dn: ou=groups,${BASE}\nobjectClass: organizationalUnit\nou: groups\n`,
  });
  return {
    url,
    port,
    tlsPort,
    server,
    start,
    stop: () => server.kill(),
    modify: change,
    remove: (rdn) => mustRun(['ldapdelete', ...as, `${rdn},${BASE}`]),
    person: (uid, { password = 'password of the directory', name = `Name of ${uid}` } = {}) => mustRun(['ldapadd', ...as], {
      input: `dn: uid=${uid},ou=people,${BASE}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${name}\nsn: ${name}\nuserPassword: ${password}\n`,
    }),
    group: (cn, uids) => mustRun(['ldapadd', ...as], {
      input: `dn: cn=${cn},ou=groups,${BASE}\nobjectClass: groupOfNames\ncn: ${cn}\n${uids.map((uid) => `member: uid=${uid},ou=people,${BASE}\n`).join('')}`,
    }),
    uuid: async (uid) => (await mustRun(['ldapsearch', ...as, '-LLL', '-b', BASE, `(uid=${uid})`, 'entryUUID'])).match(/entryUUID: (\S+)/)[1],
  };
}
