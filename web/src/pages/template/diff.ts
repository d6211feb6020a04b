/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What changed from one text to another, word by word. */

export interface Change {
  kind: "same" | "added" | "removed";
  text: string;
}

/* Words, runs of spaces and other signs one by one: small enough that a changed comma is no changed sentence. */
const wordsOf = (text: string) => text.match(/[\p{L}\p{N}_]+|\s+|./gsu) ?? [];

/* The length of the longest run of words, in order, that the texts behind i and j share. */
function commonLengths(a: readonly string[], b: readonly string[]): Uint16Array[] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      const below = lengths[i + 1];
      if (row === undefined || below === undefined) continue;
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return lengths;
}

/* Of what has less in common, words of both in turns would be a riddle. */
const commonMin = 1 / 3;

export function diff(before: string, after: string): Change[] {
  const changes = wordByWord(before, after);
  const letters = (text: string) => text.replace(/[^\p{L}\p{N}]/gu, "").length;
  const common = changes.reduce((sum, { kind, text }) => sum + (kind === "same" ? letters(text) : 0), 0);
  if (before === "" || after === "" || common >= commonMin * Math.min(letters(before), letters(after))) return changes;
  return [
    { kind: "removed", text: before },
    { kind: "added", text: after },
  ];
}

function wordByWord(before: string, after: string): Change[] {
  const a = wordsOf(before);
  const b = wordsOf(after);
  const lengths = commonLengths(a, b);
  const changes: Change[] = [];
  const add = (kind: Change["kind"], text: string) => {
    const last = changes.at(-1);
    if (last?.kind === kind) last.text += text;
    else changes.push({ kind, text });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const [left, right] = [a[i], b[j]];
    if (left !== undefined && left === right) {
      add("same", left);
      i++;
      j++;
    } else if (right === undefined || (left !== undefined && (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))) {
      add("removed", left ?? "");
      i++;
    } else {
      add("added", right);
      j++;
    }
  }
  return changes;
}
