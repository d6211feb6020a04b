// SPDX-License-Identifier: AGPL-3.0-or-later
// table - figures for people.

/** Rows of cells under heads; numbers stand to the right. */
export function table(heads, rows) {
  const cells = [heads, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? format(cell) : String(cell ?? ''))))];
  const widths = heads.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const line = (row, original) => row.map((cell, i) => (
    typeof original?.[i] === 'number' ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join('  ').trimEnd();
  return [line(cells[0], rows[0]), widths.map((w) => '-'.repeat(w)).join('  '),
    ...rows.map((row, i) => line(cells[i + 1], row))].join('\n');
}

export function format(value) {
  if (Number.isInteger(value)) return value.toLocaleString('en').replaceAll(',', ' ');
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
}
