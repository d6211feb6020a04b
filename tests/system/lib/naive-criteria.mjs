// SPDX-License-Identifier: AGPL-3.0-or-later
// naive-criteria - clients with all that criteria speak of, and a filter over them that is as plain as can be.
//
// Written from the description of the API alone (Criteria in apid/openapi.yaml); it shares nothing with the code.

const DAY_MS = 86_400_000;
const ZONE_MS = 3 * 3_600_000; // Europe/Moscow

const dayOf = (ms) => Math.floor((ms + ZONE_MS) / DAY_MS); // days since 1970, there
const midnight = (day) => day * DAY_MS - ZONE_MS;
const iso = (day) => new Date(day * DAY_MS).toISOString().slice(0, 10);
const dayFrom = (text) => Date.parse(text) / DAY_MS;

const CITIES = ['Тверь', 'Казань', 'Ёлкино', 'Омск', "O'Brien"];
const WORDS = ['alpha', 'Beta', 'гамма', 'Дельта'];
const TAGS = ['vip', 'new', 'дети', 'кошки'];
const ACTIONS = ['purchase', 'payment', 'visit'];
const CATEGORIES = ['shoes', 'bread'];
const CHOICES = ['red', 'green', 'blue'];
const SEEDS = ['spring', 'autumn'];
const PURPOSES = ['marketing', 'service'];
const STATES = { delivered: 9, failed: [5, 6, 7, 8], cancelled: 4 };
/** Ranges of the register: numbers, operator, regions, zones in which their holders may be. */
const RANGES = [
  { from: 0, to: 40, operator: 'mts', regions: ['Тверская область'], zones: ['Europe/Moscow'] },
  { from: 41, to: 70, operator: 't2', regions: ['Омская область'], zones: ['Asia/Omsk'] },
  { from: 71, to: 100, operator: 'mts', regions: ['г. Москва', 'Московская область'], zones: ['Europe/Moscow'] },
  { from: 101, to: 120, operator: 'beeline', regions: ['Республика Саха (Якутия)'], zones: ['Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Magadan'] },
];
const MESSAGE_EPOCH_S = 1_577_836_800n;

/** Columns of the client that are compared as they are, by criterion. */
const TEXT = ['language', 'last_name', 'first_name', 'region', 'city', 'time_zone', 'branch', 'status', 'segment', 'manager', 'external_id',
  'contract_number', 'loyalty_tier'];
const NUMBER = ['balance', 'debt', 'points'];
const DATE = ['birthday', 'registered_on', 'contract_from', 'contract_to'];

/** Messages of days gone by: the day's partition is made when it is not there. */
const PARTITION_FOR = `CREATE FUNCTION partition_for_test(id bigint) RETURNS void LANGUAGE plpgsql AS $f$
  DECLARE
    lo bigint := ((((id >> 32) + 1577836800) / 86400) * 86400 - 1577836800) << 32;
    t text;
  BEGIN
    FOREACH t IN ARRAY ARRAY['message', 'message_state'] LOOP
      BEGIN
        EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)', t || '_test_' || lo, t, lo, lo + (86400::bigint << 32));
      EXCEPTION WHEN duplicate_table OR invalid_object_definition THEN NULL;
      END;
    END LOOP;
  END $f$`;

export class Naive {
  /** Fill the database with clients; resolves to the filter over them. */
  static async fill(pool, random, count) {
    const naive = new Naive(random);
    const db = await pool.connect();
    try {
      await db.query('BEGIN');
      const { rows: [{ today }] } = await db.query("SELECT ((now() AT TIME ZONE 'Europe/Moscow')::date - date '1970-01-01') AS today");
      naive.today = today;
      await naive.addAttributes(db);
      for (let i = 0; i < count; i++) naive.clients.push(naive.client(i));
      await naive.store(db);
      await db.query('COMMIT');
    } finally {
      db.release(true);
    }
    return naive;
  }

  constructor(random) {
    this.random = random;
    this.clients = [];
  }

  // --- the clients ----------------------------------------------------------------------------------

  maybe(make) {
    return this.random.chance(0.2) ? null : make();
  }

  client(i) {
    const r = this.random;
    const date = (from, to) => this.maybe(() => this.today + r.int(from, to));
    const c = { msisdn: 79_000_000_000 + r.int(0, 150), tags: this.maybe(() => r.some(TAGS)), attributes: {} };
    for (const column of TEXT) c[column] = this.maybe(() => r.one(WORDS));
    c.city = this.maybe(() => r.one(CITIES));
    c.external_id = `c${i}`; // a key of its own, because two clients may share a number
    for (const column of NUMBER) c[column] = this.maybe(() => r.int(-20_000, 100_000) / 100);
    c.sex = this.maybe(() => r.int(1, 2));
    c.birthday = date(-30_000, -6_000);
    c.registered_on = date(-20, 0);
    c.contract_from = date(-30, 10);
    c.contract_to = date(-10, 30);
    if (r.chance(0.05)) c.birthday = dayFrom('2000-02-29');
    c.attributes.word = this.maybe(() => r.one(WORDS));
    c.attributes.amount = this.maybe(() => r.int(-500, 2000) / 10);
    c.attributes.day = date(-20, 20);
    c.attributes.agreed = this.maybe(() => r.chance(0.5));
    c.attributes.colour = this.maybe(() => r.one(CHOICES));
    c.attributes.colours = this.maybe(() => [...new Set(r.some(CHOICES))]);
    const now = Date.now();
    c.actions = Array.from({ length: r.int(0, 6) }, () => ({
      kind: r.one(ACTIONS), category: this.maybe(() => r.one(CATEGORIES)), at: now - r.int(0, 40 * DAY_MS),
      amount: this.maybe(() => r.int(0, 500_000) / 100),
    }));
    c.messages = Array.from({ length: r.int(0, 4) }, () => ({ at: now - r.int(0, 12) * DAY_MS - 60_000, state: r.int(0, 9) }));
    c.consents = Object.fromEntries(PURPOSES.map((purpose) => [purpose, this.maybe(() => ({
      state: r.int(1, 3), at: now - r.int(0, 20 * DAY_MS), until: r.chance(0.3) ? null : now + r.int(-10, 20) * DAY_MS + 60_000,
    }))]));
    c.replies = Array.from({ length: r.int(0, 2) }, () => ({ at: now - r.int(0, 12) * DAY_MS - 60_000 }));
    c.clicks = Array.from({ length: r.int(0, 3) }, () => ({ at: now - r.int(0, 12) * DAY_MS - 60_000, first: r.chance(0.6) }));
    return c;
  }

  async addAttributes(db) {
    await db.query(
      `INSERT INTO client_attribute (slot, name, type, choices) VALUES (1, 'word', 'text', NULL), (2, 'amount', 'number', NULL),
         (3, 'day', 'date', NULL), (4, 'agreed', 'yes_no', NULL), (5, 'colour', 'one_of', $1), (6, 'colours', 'many_of', $1)`, [CHOICES]);
    await db.query('INSERT INTO action_category (code) SELECT unnest($1::text[])', [CATEGORIES]);
    await db.query(PARTITION_FOR);
    const version = (await db.query("INSERT INTO numbering_version (files, ranges, numbers) VALUES ('{test}', 4, 121) RETURNING id")).rows[0].id;
    for (const { from, to, operator, regions, zones } of RANGES) {
      const of = (await db.query('INSERT INTO numbering_operator_name (name, operator_id) SELECT $1, id FROM operator WHERE code = $1 ON CONFLICT (name, inn) DO UPDATE SET name = excluded.name RETURNING id', [operator])).rows[0].id;
      const at = (await db.query('INSERT INTO numbering_region_name (name, region_ids, zones) SELECT $1, array_agg(id), $3 FROM region WHERE name = ANY ($2) RETURNING id, cardinality(region_ids) AS known',
        [regions.join(), regions, zones])).rows[0];
      if (at.known !== regions.length) throw new Error(`regions ${regions}`);
      await db.query('INSERT INTO numbering_range (version_id, lo, hi, operator_name_id, region_name_id) VALUES ($1, $2, $3, $4, $5)',
        [version, 79_000_000_000 + from, 79_000_000_000 + to, of, at.id]);
    }
    for (const name of ['first', 'second', 'third']) await db.query('INSERT INTO list (name) VALUES ($1)', [name]);
    this.lists = (await db.query('SELECT id::text AS id FROM list ORDER BY id')).rows.map(({ id }) => id);
  }

  async store(db) {
    const scopes = new Map();
    const ported = new Map();
    let serial = 0n;
    for (const c of this.clients) {
      const a = c.attributes;
      const row = {
        ...Object.fromEntries([...TEXT, ...NUMBER, 'sex', 'msisdn', 'tags'].map((key) => [key, c[key]])),
        ...Object.fromEntries(DATE.map((key) => [key, c[key] === null ? null : iso(c[key])])),
        attrs: [a.word, a.amount?.toFixed(2), a.day === null ? null : iso(a.day), a.agreed === null ? null : a.agreed ? 'yes' : 'no', a.colour,
          a.colours?.join('\n')].map((value) => value ?? null),
      };
      const keys = Object.keys(row);
      const { rows: [{ id, ...hashes }] } = await db.query(
        `INSERT INTO client (${keys.join(', ')}) VALUES (${keys.map((_, k) => `$${k + 1}`).join(', ')}) RETURNING id::text AS id,
           ${SEEDS.map((seed) => `((hashint8extended(id, hashtextextended('${seed}', 0)) & 9223372036854775807) % 10000)::integer AS ${seed}`).join(', ')}`,
        Object.values(row));
      Object.assign(c, { id, hashes });
      for (const action of c.actions)
        await db.query(
          `INSERT INTO action (client_id, at, kind, category, amount_micro)
           VALUES ($1, to_timestamp($2::float8 / 1000), (SELECT id FROM action_kind WHERE code = $3), (SELECT id FROM action_category WHERE code = $4), $5)`,
          [id, action.at, action.kind, action.category, action.amount === null ? null : Math.round(action.amount * 1e6)]);
      for (const { at } of c.replies)
        await db.query(
          `INSERT INTO inbound (account_id, msisdn, destination, at, client_id, reference, total, data_coding)
           VALUES (1, $1, '1', to_timestamp($2::float8 / 1000), $3, 0, 1, 0)`, [c.msisdn, at, id]);
      for (const { at, first } of c.clicks)
        await db.query(
          `INSERT INTO click (message_id, client_id, at, link, agent, robot, first)
           SELECT coalesce(max(message_id), 0) + 1, $1, to_timestamp($2::float8 / 1000), 0, 0, 0, $3 FROM click`, [id, at, first]);
      c.lists = this.lists.filter(() => this.random.chance(0.4));
      for (const list of c.lists) await db.query('INSERT INTO list_member VALUES ($1, $2)', [list, id]);
      if (!scopes.has(c.msisdn)) {
        scopes.set(c.msisdn, this.random.chance(0.3) ? this.random.one(['advertising', 'all']) : null);
        if (scopes.get(c.msisdn)) await db.query('INSERT INTO opt_out (msisdn, scope) VALUES ($1, $2)', [c.msisdn, scopes.get(c.msisdn)]);
      }
      c.refused = scopes.get(c.msisdn);
      if (!ported.has(c.msisdn)) {
        ported.set(c.msisdn, this.random.chance(0.2) ? this.random.one(['mts', 't2', 'beeline']) : null);
        if (ported.get(c.msisdn))
          await db.query("INSERT INTO ported_number (msisdn, operator_id, source) SELECT $1, id, 'test' FROM operator WHERE code = $2", [c.msisdn, ported.get(c.msisdn)]);
      }
      c.ported = ported.get(c.msisdn);
      c.range = RANGES.find(({ from, to }) => c.msisdn >= 79_000_000_000 + from && c.msisdn <= 79_000_000_000 + to);
      for (const message of c.messages) {
        const messageId = ((BigInt(Math.floor(message.at / 1000)) - MESSAGE_EPOCH_S) << 32n) + serial++;
        await this.storeMessage(db, messageId, c, message);
      }
    }
    // After the stops, which withdraw what stands already.
    for (const c of this.clients)
      for (const [purpose, given] of Object.entries(c.consents))
        if (given)
          await db.query(
            `INSERT INTO consent (msisdn, purpose_id, channel, client_id, state, event_id, at, valid_to)
             SELECT $1, id, 'sms', $2, $4, 0, to_timestamp($5::float8 / 1000), coalesce(to_timestamp($6::float8 / 1000), 'infinity') FROM purpose WHERE code = $3`,
            [c.msisdn, c.id, purpose, given.state, given.at, given.until]);
    const holders = new Map();
    for (const { msisdn } of this.clients) holders.set(msisdn, (holders.get(msisdn) ?? 0) + 1);
    for (const c of this.clients) c.shared = holders.get(c.msisdn) > 1;
    this.clients.sort((x, y) => Number(x.id) - Number(y.id));
  }

  async storeMessage(db, id, { id: client, msisdn }, { state }) {
    await db.query('SELECT partition_for_test($1)', [id.toString()]);
    await db.query("INSERT INTO message (id, client_id, msisdn, price_micro, parts, encoding, text) VALUES ($1, $2, $3, 0, 1, 0, 'x')", [id.toString(), client, msisdn]);
    await db.query('INSERT INTO message_state (id, state) VALUES ($1, $2)', [id.toString(), state]);
  }

  // --- random conditions ----------------------------------------------------------------------------

  tree(criteria, depth = 0) {
    const r = this.random;
    if (depth >= 3 || r.chance(0.35)) {
      const criterion = r.one(criteria);
      return this.leaf(criterion, r.one(criterion.ops));
    }
    if (r.chance(0.25)) return { not: this.tree(criteria, depth + 1) };
    return { [r.one(['and', 'or'])]: Array.from({ length: r.int(1, 2) }, () => this.tree(criteria, depth + 1)) };
  }

  leaf({ code, kind }, op) {
    return { criterion: code, ...this.members(code), op, ...this.operands(code, kind, op) };
  }

  members(code) {
    const r = this.random;
    if (code.startsWith('consent')) return { purpose: r.one(PURPOSES) };
    if (code === 'in_list') return { list: r.one(this.lists) };
    if (code === 'random_share') return { percent: r.int(1, 100), seed: r.one(SEEDS) };
    if (/^(messages_|replies|clicks)/.test(code)) return { within: r.int(1, 14) };
    if (code.startsWith('attribute_')) return { attribute: { text: 'word', number: 'amount', date: 'day', yes_no: 'agreed', one_of: 'colour', many_of: 'colours' }[code.slice(10)] };
    if (!code.startsWith('action_')) return {};
    const members = { action: r.one(ACTIONS), ...(r.chance(0.3) && { category: r.one(CATEGORIES) }) };
    if (code === 'action_change') return { ...members, within: r.int(1, 20) };
    if (r.chance(0.4)) return { ...members, within: r.int(1, 40) };
    if (r.chance(0.5)) return { ...members, since: iso(this.today - r.int(10, 40)), ...(r.chance(0.5) && { until: iso(this.today - r.int(0, 10)) }) };
    return members;
  }

  operands(code, kind, op) {
    const r = this.random;
    if (op === 'empty' || op === 'filled' || kind === 'yes_no') return {};
    if (code === 'number_operator') return { values: r.some(['mts', 't2', 'beeline', 'nobody']) };
    if (code === 'number_region') return { values: r.some(RANGES.flatMap(({ regions }) => regions)) };
    if (code === 'number_zone') return { values: r.some(RANGES.flatMap(({ zones }) => zones), 6) };
    if (kind === 'sex') return { values: r.some(['male', 'female']) };
    if (kind === 'many') return { values: r.some(code === 'tags' ? TAGS : CHOICES) };
    if (kind === 'text') {
      const pool = code === 'city' ? CITIES : code === 'phone' ? this.clients.map(({ msisdn }) => String(msisdn)) : code === 'external_id' ? this.clients.map((c) => c.external_id)
        : code === 'attribute_one_of' ? CHOICES : WORDS;
      if (op === 'in' || op === 'not_in') return { values: r.some(pool) };
      const whole = r.one(pool);
      const value = op === 'begins' ? whole.slice(0, r.int(1, whole.length)) : whole.slice(r.int(0, 1));
      return { value: r.chance(0.5) ? value.toUpperCase() : value };
    }
    if (kind === 'number') {
      const number = () => {
        if (/count|sent|delivered|failed|clicked|^replies$/.test(code)) return r.int(0, 4);
        if (code === 'age') return r.int(15, 85);
        if (/days/.test(code)) return r.int(-10, 360);
        const known = this.clients.map((c) => this.value(c, { criterion: code, ...this.members(code) })).filter((v) => typeof v === 'number');
        return known.length > 0 && r.chance(0.5) ? Math.round(r.one(known) * 100) / 100 : r.int(-100, 3000);
      };
      if (op !== 'between') return { value: number() };
      const [from, to] = [number(), number()].sort((x, y) => x - y);
      return { from, to };
    }
    const day = () => (code === 'birthday' ? this.today - r.int(6_000, 30_000) : this.today + r.int(-25, 25));
    if (/_days$/.test(op)) return { days: code === 'birthday' ? r.int(1, 3_660) : r.int(1, 20) };
    if (op === 'between') {
      const [from, to] = [day(), day()].sort((x, y) => x - y);
      return { from: iso(from), to: iso(to) };
    }
    if (op === 'on' && r.chance(0.7)) {
      const known = this.clients.map((c) => this.value(c, { criterion: code, ...this.members(code) })).filter((v) => typeof v === 'number');
      if (known.length > 0) return { value: iso(r.one(known)) };
    }
    return { value: iso(day()) };
  }

  // --- the filter -------------------------------------------------------------------------------------

  /** Ids of the clients who fulfil the tree, in order. */
  filter(tree) {
    return this.clients.filter((c) => this.holds(c, tree)).map(({ id }) => id);
  }

  holds(c, node) {
    if (node.and) return node.and.every((child) => this.holds(c, child));
    if (node.or) return node.or.some((child) => this.holds(c, child));
    if (node.not) return !this.holds(c, node.not);
    return this.compare(this.value(c, node), node);
  }

  /** What the criterion is about: text, a number, a day since 1970, true or false, several; null: nothing. */
  value(c, leaf) {
    const { criterion } = leaf;
    if (criterion === 'sex') return c.sex === null ? null : ['male', 'female'][c.sex - 1];
    if (criterion === 'phone') return String(c.msisdn);
    if (criterion === 'phone_shared') return c.shared;
    if (criterion === 'number_ported') return c.ported !== null;
    if (criterion === 'number_operator') return c.ported ?? c.range?.operator ?? null;
    if (criterion === 'number_region') return c.range?.regions ?? [];
    if (criterion === 'number_zone') return c.range?.zones ?? [];
    if (criterion === 'opted_out_advertising') return c.refused !== null;
    if (criterion === 'opted_out_all') return c.refused === 'all';
    if (criterion.startsWith('consent')) return this.ofConsent(c.consents[leaf.purpose], criterion);
    if (criterion === 'in_list') return c.lists.includes(leaf.list);
    if (criterion === 'list_count') return c.lists.length;
    if (criterion === 'random_share') return c.hashes[leaf.seed] < leaf.percent * 100;
    if (criterion === 'contract_days_left') return c.contract_to === null ? null : c.contract_to - this.today;
    if (criterion === 'age') return c.birthday === null ? null : this.age(c.birthday);
    if (criterion === 'days_to_birthday') return c.birthday === null ? null : this.toBirthday(c.birthday);
    if (criterion.startsWith('attribute_')) return c.attributes[leaf.attribute];
    if (criterion.startsWith('action_')) return this.ofActions(c.actions, leaf);
    if (criterion.startsWith('replies')) {
      const days = c.replies.filter(({ at }) => at >= midnight(this.today - leaf.within + 1)).map(({ at }) => dayOf(at));
      return criterion === 'replies' ? days.length : days.length === 0 ? null : Math.max(...days);
    }
    if (criterion === 'messages_clicked' || criterion === 'clicks_last') {
      const days = c.clicks.filter(({ at, first }) => first && at >= midnight(this.today - leaf.within + 1)).map(({ at }) => dayOf(at));
      return criterion === 'messages_clicked' ? days.length : days.length === 0 ? null : Math.max(...days);
    }
    if (criterion.startsWith('messages_')) return this.ofMessages(c.messages, leaf);
    return c[criterion];
  }

  ofConsent(consent, criterion) {
    const valid = consent !== null && consent.state === 1 && (consent.until === null || consent.until > Date.now());
    if (criterion === 'consent') return valid;
    if (!valid) return null;
    if (criterion === 'consent_given') return dayOf(consent.at);
    return consent.until === null ? null : dayOf(consent.until);
  }

  age(birthday) {
    const [by, bm, bd] = iso(birthday).split('-').map(Number);
    const [y, m, d] = iso(this.today).split('-').map(Number);
    return y - by - (m < bm || (m === bm && d < bd) ? 1 : 0);
  }

  toBirthday(birthday) {
    const [, m, d] = iso(birthday).split('-').map(Number);
    for (let days = 0; ; days++) {
      const [y, mm, dd] = iso(this.today + days).split('-').map(Number);
      const leap = new Date(Date.UTC(y, 1, 29)).getUTCMonth() === 1;
      if (mm === m && dd === (m === 2 && d === 29 && !leap ? 28 : d)) return days;
    }
  }

  ofActions(all, { criterion, action, category, within, since, until }) {
    const mine = all.filter((a) => a.kind === action && (category === undefined || a.category === category));
    const sum = (list) => list.reduce((total, { amount }) => total + (amount ?? 0), 0);
    if (criterion === 'action_change') {
      const first = midnight(this.today - within + 1);
      const past = mine.filter(({ at }) => at < first && at >= midnight(this.today - 2 * within + 1));
      const before = sum(past);
      return before === 0 ? null : (100 * (sum(mine.filter(({ at }) => at >= first)) - before)) / before;
    }
    const list = mine.filter(({ at }) => (within === undefined || at >= midnight(this.today - within + 1))
      && (since === undefined || at >= midnight(dayFrom(since))) && (until === undefined || at < midnight(dayFrom(until) + 1)));
    const amounts = list.filter(({ amount }) => amount !== null);
    const days = list.map(({ at }) => dayOf(at));
    return {
      action_count: list.length,
      action_sum: sum(list),
      action_average: amounts.length === 0 ? null : sum(amounts) / amounts.length,
      action_first: days.length === 0 ? null : Math.min(...days),
      action_last: days.length === 0 ? null : Math.max(...days),
    }[criterion];
  }

  ofMessages(all, { criterion, within }) {
    const list = all.filter(({ at, state }) => at >= midnight(this.today - within + 1) && state !== STATES.cancelled);
    return {
      messages_sent: list.length,
      messages_delivered: list.filter(({ state }) => state === STATES.delivered).length,
      messages_failed: list.filter(({ state }) => STATES.failed.includes(state)).length,
      messages_last: list.length === 0 ? null : Math.max(...list.map(({ at }) => dayOf(at))),
    }[criterion];
  }

  compare(value, leaf) {
    const { op, value: operand, values, from, to, days } = leaf;
    const missing = value === null || value === undefined;
    const day = (text) => (typeof text === 'string' ? dayFrom(text) : text);
    const near = (x, y) => Math.abs(x - y) < 1e-9;
    switch (op) {
      case 'empty': return missing || value.length === 0;
      case 'filled': return !missing && value.length !== 0;
      case 'is': return value === true;
      case 'is_not': return value !== true;
      // Of a range of several regions any will do; its zones must all be among them.
      case 'in':
        if (!Array.isArray(value)) return values.includes(value);
        return leaf.criterion === 'number_zone' ? value.length > 0 && value.every((v) => values.includes(v)) : value.some((v) => values.includes(v));
      case 'not_in': return !this.compare(value, { ...leaf, op: 'in' });
      case 'any': return !missing && values.some((v) => value.includes(v));
      case 'all': return !missing && values.every((v) => value.includes(v));
      case 'none': return missing || !values.some((v) => value.includes(v));
      case 'begins': return !missing && value.toLowerCase().startsWith(operand.toLowerCase());
      case 'contains': return !missing && value.toLowerCase().includes(operand.toLowerCase());
      case 'eq': return !missing && near(value, operand);
      case 'ne': return missing || !near(value, operand);
      case 'lt': return !missing && value < operand && !near(value, operand);
      case 'le': return !missing && (value < operand || near(value, operand));
      case 'gt': return !missing && value > operand && !near(value, operand);
      case 'ge': return !missing && (value > operand || near(value, operand));
      case 'on': return !missing && value === day(operand);
      case 'before': return !missing && value < day(operand);
      case 'after': return !missing && value > day(operand);
      case 'between': return !missing && (value > day(from) || near(value, day(from))) && (value < day(to) || near(value, day(to)));
      case 'last_days': return !missing && value > this.today - days && value <= this.today;
      case 'next_days': return !missing && value >= this.today && value < this.today + days;
      case 'older_days': return !missing && value <= this.today - days;
      default: throw new Error(`no operator ${op}`);
    }
  }
}
