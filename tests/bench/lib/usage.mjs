// SPDX-License-Identifier: AGPL-3.0-or-later
// usage - processor time and memory of groups of processes, from /proc.
//
// PostgreSQL and RabbitMQ are families: processor time is that of every living member and, by the
// parent's account, of those it has buried; memory is the private pages of all plus the shared
// pages once.

import { readFileSync, readdirSync } from 'node:fs';

const TICKS_PER_S = 100;

function stat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const words = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(words[1]), own: Number(words[11]) + Number(words[12]), buried: Number(words[13]) + Number(words[14]) };
  } catch {
    return null;
  }
}

function memoryKb(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kb = (key) => Number(text.match(new RegExp(`^${key}:\\s+(\\d+)`, 'm'))?.[1] ?? 0);
    return { privateKb: kb('RssAnon') + kb('RssFile'), sharedKb: kb('RssShmem'), peakKb: kb('VmHWM') };
  } catch {
    return { privateKb: 0, sharedKb: 0, peakKb: 0 };
  }
}

function familyOf(root) {
  const children = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const s = stat(name);
    if (!s) continue;
    if (!children.has(s.parent)) children.set(s.parent, []);
    children.get(s.parent).push(Number(name));
  }
  const family = [];
  for (const queue = [root]; queue.length > 0;) {
    const pid = queue.shift();
    family.push(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return family;
}

/** Watches named process families; `roots` is { name: pid }. */
export class Usage {
  constructor(roots, { everyMs = 500 } = {}) {
    this.roots = roots;
    this.peakKb = Object.fromEntries(Object.keys(roots).map((name) => [name, 0]));
    this.start = this.#cpu();
    this.timer = setInterval(() => this.#sample(), everyMs);
    this.#sample();
  }

  #cpu() {
    return Object.fromEntries(Object.entries(this.roots).map(([name, root]) => {
      const ticks = familyOf(root).map((pid) => stat(pid)).filter(Boolean)
        .reduce((sum, s) => sum + s.own + s.buried, 0);
      return [name, ticks / TICKS_PER_S];
    }));
  }

  #sample() {
    for (const [name, root] of Object.entries(this.roots)) {
      const family = familyOf(root);
      const memory = family.map(memoryKb);
      // A process alone knows its own peak, between samples too.
      const kb = family.length === 1
        ? memory[0].peakKb
        : memory.reduce((sum, m) => sum + m.privateKb, 0) + Math.max(...memory.map((m) => m.sharedKb));
      this.peakKb[name] = Math.max(this.peakKb[name], kb);
    }
  }

  /** { name: { cpu_s, peak_rss_mb } } since the start. */
  stop() {
    clearInterval(this.timer);
    this.#sample();
    const end = this.#cpu();
    return Object.fromEntries(Object.keys(this.roots).map((name) => [name, {
      cpu_s: Math.round((end[name] - this.start[name]) * 100) / 100,
      peak_rss_mb: Math.round(this.peakKb[name] / 102.4) / 10,
    }]));
  }
}
