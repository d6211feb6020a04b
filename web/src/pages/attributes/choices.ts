/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What one_of and many_of may hold, written one a line. */
import type { AttributeType } from "@/api/types";

export const choicesMax = 100;
const choiceMax = 100;

export function takesChoices(type: AttributeType): boolean {
  return type === "one_of" || type === "many_of";
}

export function readChoices(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export type ChoicesWrong = "none" | "many" | "comma" | "long" | "twice";

export function choicesWrong(choices: readonly string[]): ChoicesWrong | null {
  if (choices.length === 0) return "none";
  if (choices.length > choicesMax) return "many";
  if (choices.some((choice) => choice.includes(","))) return "comma";
  if (choices.some((choice) => Array.from(choice).length > choiceMax)) return "long";
  // Words that differ in capitals alone could not be told apart.
  return new Set(choices.map((choice) => choice.toLowerCase())).size < choices.length ? "twice" : null;
}
