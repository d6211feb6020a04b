// SPDX-License-Identifier: AGPL-3.0-or-later
// Two campaigns of 500,000 and urgent messages beside them: p99 to the wire under 300 ms; the order of priorities and the
// floor share; pause, resume, pace and cancel within a second at full speed.  CLIENTS=n for another size.

import test from 'node:test';

import { handOnIt, orderAndFloor, urgentBesideTwo } from '../system/lib/priorities.mjs';

const CLIENTS = Number(process.env.CLIENTS ?? 500_000);

test(`urgent messages beside two campaigns of ${CLIENTS} reach the wire within 300 ms, 99 of 100`, { timeout: 1_800_000 },
  (t) => urgentBesideTwo(t, CLIENTS));
test(`of three campaigns of ${CLIENTS} the greater priority is done first and none starves`, { timeout: 1_800_000 },
  (t) => orderAndFloor(t, CLIENTS, { ratePerS: Math.max(1000, Math.min(9000, Math.round(CLIENTS / 12))) }));
test(`pause, resume, pace and cancel of ${CLIENTS} at full speed`, { timeout: 1_800_000 }, (t) => handOnIt(t, CLIENTS));
