// SPDX-License-Identifier: AGPL-3.0-or-later
// operations - what the API's description says of each operation, for tests that ask them all.

import { readFileSync } from 'node:fs';

/** Every operation: method, path, right, scope, and the type of the body it takes. */
export function operations() {
  const text = readFileSync(new URL('../../../apid/openapi.yaml', import.meta.url), 'utf8');
  const found = [];
  let where = '';
  for (const line of text.slice(text.indexOf('\npaths:\n'), text.indexOf('\ncomponents:\n')).split('\n')) {
    const at = line.match(/^ {2}(\/.*):$/)?.[1];
    const method = line.match(/^ {4}(get|post|put|patch|delete):$/)?.[1];
    if (at) where = at;
    if (method) found.push({ method: method.toUpperCase(), where, right: undefined, scope: undefined, type: undefined });
    const right = line.match(/^ {6}x-right: (\S+)$/)?.[1];
    if (right) found.at(-1).right = right;
    const scope = line.match(/^ {6}x-scope: (\S+)$/)?.[1];
    if (scope) found.at(-1).scope = scope;
    if (/^ {6}requestBody:/.test(line)) found.at(-1).type = '';
    const type = line.match(/^ {10}([a-z]+\/[a-z.+-]+):/)?.[1];
    if (type && found.at(-1).type === '') found.at(-1).type = type;
  }
  return found;
}

/** What is sent where nothing in particular is meant: of the right type, and empty. */
export function bodyOf(type) {
  if (type === undefined) return {};
  return type === 'application/json' ? { body: {} } : { body: '-', headers: { 'content-type': type } };
}
