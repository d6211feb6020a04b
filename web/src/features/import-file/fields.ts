/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a column of a file or of another system may mean, and how its attribute may be called. */
import type { ImportField } from "@/api/types";

export const fields: readonly ImportField[] = [
  "phone", "phone_2", "phone_3", "phone_4", "phone_5", "last_name", "first_name", "middle_name", "external_id", "sex", "birthday", "language", "time_zone", "region", "city",
  "branch", "manager", "status", "segment", "loyalty_tier", "points", "balance", "debt", "contract_number", "contract_from",
  "contract_to", "registered_on", "tags", "attribute", "ignored",
];

const nameBytesMax = 120;
const betweenWords = /[^a-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u1fff\u3000-\ufffc\ufffe-\u{10ffff}]+/gu;

/* As apid writes it: lower case, one underscore for whatever is no letter or digit. */
export function attributeName(text: string): string {
  const words = text
    .replace(/[A-ZА-ЯЁ]/g, (letter) => letter.toLowerCase())
    .split(betweenWords)
    .filter((word) => word !== "");
  let name = "";
  for (const char of words.join("_")) {
    if (new TextEncoder().encode(name + char).length > nameBytesMax) break;
    name += char;
  }
  return name;
}

export type NameProblem = "empty" | "start" | "field" | "twice";

/* What texts call the fields of a client, in either language. */
const fieldNames: readonly string[] = [
  "external_id", "last_name", "first_name", "middle_name", "phone", "sex", "birthday", "language", "time_zone", "region", "city",
  "branch", "manager", "status", "segment", "loyalty_tier", "points", "balance", "debt", "contract_number", "contract_from",
  "contract_to", "registered_on", "tags",
  "код", "фамилия", "имя", "отчество", "телефон", "пол", "дата_рождения", "язык", "часовой_пояс", "регион", "город", "филиал",
  "менеджер", "статус", "сегмент", "уровень_лояльности", "баллы", "баланс", "долг", "номер_договора", "начало_договора",
  "конец_договора", "дата_регистрации", "метки", "phone_2", "phone_3", "phone_4", "phone_5", "телефон_2", "телефон_3", "телефон_4", "телефон_5",
];

/* `others` are the names of columns before it. */
export function nameProblem(name: string, others: readonly string[]): NameProblem | null {
  if (name === "") return "empty";
  if (!/^\p{L}/u.test(name)) return "start";
  if (fieldNames.includes(name)) return "field";
  return others.includes(name) ? "twice" : null;
}
