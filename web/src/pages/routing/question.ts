/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person asks of the routing, and in which order the answer is told. */
import type { Answer, RequestBody } from "@/api/client";
import type { MessageCategory, MessageClass } from "@/api/types";
import { readPhone } from "@/shared/lib/phone";

export type Explanation = Answer<"/v1/route-explanation", "post">;
export type Candidate = Explanation["candidates"][number];
type Body = Exclude<RequestBody<"/v1/route-explanation", "post">, Blob>;

export interface Question {
  phone: string;
  category: MessageCategory;
  sender: string;
  text: string;
}

/* The class that messages of a category usually have: nobody has to know of classes to ask. */
export function classOf(category: MessageCategory): MessageClass {
  if (category === "advertising") return "advertising";
  return category === "emergency" || category === "authorisation" ? "alert" : "service";
}

/* Null until there is a whole number. */
export function bodyOf({ phone, category, sender, text }: Question): Body | null {
  const number = readPhone(phone);
  if (number === null) return null;
  return { phone: number, category, class: classOf(category), ...(sender.trim() === "" ? {} : { sender: sender.trim() }), ...(text === "" ? {} : { text }) };
}

/* The chosen one, then those that could, cheapest first, then those that may not. */
export function inOrder(candidates: readonly Candidate[]): Candidate[] {
  const rank = ({ chosen, barred_by: bar }: Candidate) => (chosen ? 0 : bar === null ? 1 : 2);
  const cost = ({ expected_cost: expected }: Candidate) => (expected === null ? Infinity : Number(expected));
  return [...candidates].sort((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    return cost(a) === cost(b) ? a.account.localeCompare(b.account) : cost(a) - cost(b);
  });
}
