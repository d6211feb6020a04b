// SPDX-License-Identifier: AGPL-3.0-or-later
// random - random numbers that come again.

/** A reproducible random number generator (mulberry32); print the seed. */
export function seeded(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}

/** The same, as what tests mostly want of it. */
export class Random {
  constructor(seed) {
    this.below = seeded(seed);
  }

  /** A whole number, both ends included. */
  int(min, max) {
    return min + this.below(max - min + 1);
  }

  chance(share) {
    return this.below(1_000_000) < share * 1_000_000;
  }

  one(list) {
    return list[this.below(list.length)];
  }

  /** One to `max` of them, maybe the same again. */
  some(list, max = 3) {
    return Array.from({ length: this.int(1, max) }, () => this.one(list));
  }
}
