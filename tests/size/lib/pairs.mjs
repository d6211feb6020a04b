// SPDX-License-Identifier: AGPL-3.0-or-later
// pairs - two ways of doing one thing, measured in turns until their difference is told from the machine's own ups
// and downs.

const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;

/** The geometric mean of b / a, and twice its standard error either way. */
function ratioOf(pairs) {
  const logs = pairs.map(([a, b]) => Math.log(b / a));
  const middle = mean(logs);
  const variance = logs.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (logs.length - 1);
  const doubt = 2 * Math.sqrt(variance / logs.length);
  return { ratio: Math.exp(middle), low: Math.exp(middle - doubt), high: Math.exp(middle + doubt) };
}

/**
 * Measure a and b in turns, ABBA, so that what grows from run to run weighs on both alike; at least `min` pairs, and
 * on until `bar` lies outside the doubt or `max` is reached.
 *
 * @param {() => Promise<number>} a resolves to a rate
 * @param {() => Promise<number>} b likewise
 * @param {{ bar: number, min?: number, max?: number, tell?: (a: number, b: number) => void }} options tell: of each pair
 * @returns {Promise<{ ratio: number, low: number, high: number, pairs: number, a: number, b: number }>} b / a, its
 *   bounds of doubt, how many pairs, and the mean of either
 */
export async function compare(a, b, { bar, min = 4, max = 20, tell = () => {} }) {
  const pairs = [];
  let result;
  do {
    const pair = [];
    for (const which of pairs.length % 2 === 0 ? [0, 1] : [1, 0]) pair[which] = await [a, b][which]();
    pairs.push(pair);
    tell(...pair);
    result = pairs.length > 1 ? ratioOf(pairs) : { low: 0, high: Infinity };
  } while (pairs.length < min || (pairs.length < max && result.low < bar && bar < result.high));
  return { ...result, pairs: pairs.length, a: mean(pairs.map(([value]) => value)), b: mean(pairs.map(([, value]) => value)) };
}
