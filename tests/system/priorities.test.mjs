// SPDX-License-Identifier: AGPL-3.0-or-later
// Campaigns of different priority, urgent messages beside them, and a hand on a campaign at full speed; at full size in
// tests/size/priorities.test.mjs.

import test from 'node:test';

import { handOnIt, orderAndFloor, urgentBesideTwo } from './lib/priorities.mjs';

test('urgent messages beside two campaigns', { timeout: 180_000 }, (t) => urgentBesideTwo(t, 15_000, { p99Ms: 1000 }));
test('the greater priority is done first and the lesser does not starve', { timeout: 180_000 }, (t) => orderAndFloor(t, 6_000));
test('pause, resume, pace and cancel are on the wire within a second, and counts equal the ledger', { timeout: 180_000 }, (t) => handOnIt(t, 40_000));
