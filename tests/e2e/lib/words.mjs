// SPDX-License-Identifier: AGPL-3.0-or-later
// words - what the interface says, read from its translations, so that a test finds things as a person does.
//
//   const t = words('ru');
//   t('actions.save')                     Сохранить
//   t('start:running.bar', { name })      of src/pages/start
//   t('clients', { count: 5 })            5 клиентов

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { ROOT } from '../../system/lib/process.mjs';

const SOURCE = path.join(ROOT, 'web/src');
const NARROW_SPACE = '\u202f';

/** 1 234 567 as the interface writes it; four digits stay together. */
export function number(value) {
  const digits = String(value);
  return digits.length <= 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
}

/** The names of the folders that may hold words: pages and features. */
function folders() {
  return ['pages', 'features'].map((kind) => path.join(SOURCE, kind)).filter(existsSync)
    .flatMap((kind) => readdirSync(kind).map((name) => [name, path.join(kind, name)]));
}

function load(language) {
  const read = (folder) => {
    const file = path.join(folder, `${language}.json`);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  };
  return Object.fromEntries([['common', path.join(SOURCE, 'i18n')], ...folders()].map(([name, folder]) => [name, read(folder)]));
}

export function words(language) {
  const all = load(language);
  const plural = new Intl.PluralRules(language);

  const find = (namespace, key) => key.split('.').reduce((node, part) => node?.[part], all[namespace]);
  const fill = (text, values) => text.replaceAll(/\{\{(\w+)(, num)?\}\}/g, (_, name, grouped) => {
    if (!(name in values)) throw new Error(`"${text}" wants ${name}`);
    return grouped ? number(values[name]) : String(values[name]);
  });

  const t = (name, values = {}) => {
    const [namespace, key] = name.includes(':') ? name.split(':') : ['common', name];
    const text = find(namespace, key) ?? find(namespace, `${key}_${plural.select(values.count)}`);
    if (typeof text !== 'string') throw new Error(`the interface has no words "${name}" in ${language}`);
    return fill(text, values);
  };
  t.language = language;
  return t;
}
