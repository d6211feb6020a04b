// SPDX-License-Identifier: AGPL-3.0-or-later
// Every sentence apid can show a person has its Russian, with the same conversions, and no other
// Russian is kept.  Needs no server; says by file and line what is missing.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { ROOT } from './lib/process.mjs';
import { conversions, literals, sentencesOf, table } from './lib/sentences.mjs';

const FOLDERS = ['apid', 'common/web', 'common/text', 'common/sms', 'common/model', 'common/route', 'common/store', 'schedulerd', 'crmd'];
/** Of common/route what reads price lists and invoices, and says why an account is no candidate; of crmd what reads sources, which pages show, and what refuses events, which event.refused tells in both languages. */
const SPEAKS = /^(?!crmd|common\/route)|^common\/route\/(scope|tariff_file|tariff_store|invoice\w*)\.c$|^crmd\/(pull\w*|reader\w*|fetch|file_rows|event|kinds|action|client|consent|employee|erase|list|message|users)\.c$/;

const sources = FOLDERS.flatMap((folder) => readdirSync(path.join(ROOT, folder))
  .filter((file) => file.endsWith('.c') && SPEAKS.test(`${folder}/${file}`))
  .map((file) => ({ file: `${folder}/${file}`, source: readFileSync(path.join(ROOT, folder, file), 'utf8') })));
const pairs = table(readFileSync(path.join(ROOT, 'common/web/ru.txt'), 'utf8'));
const sentences = sources.flatMap(({ file, source }) => sentencesOf(file, source));

test('the sources have sentences of every kind', () => {
  const all = sentences.map(({ text }) => text);
  assert.ok(all.length > 200);
  for (const sample of ['There is no such path', 'a whole number from %lld to %lld', 'campaign', 'the number is empty; fill it in or remove the row'])
    assert.ok(all.includes(sample), sample);
});

test('each sentence has its Russian', () => {
  const missing = sentences.filter(({ text, word }) => !(word ? pairs.words : pairs.sentences).has(text));
  assert.deepEqual(missing.map(({ file, line, text }) => `${file}:${line}: ${text}`), [], 'add them to common/web/ru.txt');
});

test('the Russian sets in the same things in the same order', () => {
  for (const [english, russian] of [...pairs.sentences, ...pairs.words])
    assert.deepEqual(conversions(russian), conversions(english), `${english}\n${russian}`);
});

test('the Russian is Russian, or names of the API alone', () => {
  for (const [english, russian] of [...pairs.sentences, ...pairs.words])
    assert.ok(/[а-яё]/i.test(russian) || !/[a-z]{2}/.test(russian.replace(/%\w+|\{\w+\}/g, '')), `${english}\n${russian}`);
});

test('no sentence is kept that nothing says any more', () => {
  const said = new Set(sentences.map(({ text }) => text));
  const literal = new Set(sources.flatMap(({ source }) => literals(source).map(({ text }) => text)));
  const sql = sources.map(({ source }) => source.replace(/"\s*"/g, '')).join('\n');
  const stale = [...pairs.sentences.keys()].filter((text) => !said.has(text) && !literal.has(text) && !sql.includes(`'${text}'`));
  assert.deepEqual(stale, []);
  const words = [...pairs.words.keys()].filter((text) => !literal.has(text) && !sql.includes(`'${text}'`));
  assert.deepEqual(words, []);
});
