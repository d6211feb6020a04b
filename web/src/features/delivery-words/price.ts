/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Prices and sums in the currency of a provider. apid writes them as decimal text with at most six decimals; they are
 * cut and grouped as text, so that none of it is lost. */
import { formatMoney, formatNumber, nbsp } from "@/shared/lib/format";

const signs: Readonly<Record<string, string>> = { RUB: "₽", USD: "$", EUR: "€" };

function inCurrency(number: string, currency: string, language: string): string {
  const sign = signs[currency] ?? currency;
  const isBefore = language !== "ru" && sign.length === 1;
  if (!isBefore) return `${number}${nbsp}${sign}`;
  return number.startsWith("−") ? `−${sign}${number.slice(1)}` : sign + number;
}

/* What one part or message costs: every decimal there is, two at least. */
export function formatPrice(amount: string, currency: string, language: string): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(amount);
  if (match === null) return amount;
  const [, minus = "", whole = "0", fraction = ""] = match;
  const kept = fraction.replace(/0+$/, "").padEnd(2, "0");
  const number = `${minus === "" ? "" : "−"}${formatNumber(Number(whole), language)}${language === "ru" ? "," : "."}${kept}`;
  return inCurrency(number, currency, language);
}

/* A sum, rounded to hundredths. */
export function formatSum(amount: string, currency: string, language: string): string {
  const bare = formatMoney(amount, "ru");
  if (!bare.endsWith("₽")) return bare;
  const number = bare.slice(0, -2);
  return inCurrency(language === "ru" ? number : number.replace(",", "."), currency, language);
}

/* The same with its sign, where it is a difference; nothing rounded to zero has one. */
export function formatDifference(amount: string, currency: string, language: string): string {
  const sum = formatSum(amount, currency, language);
  const isNothing = /^[−$€₽]*0[.,]00/.test(sum);
  if (isNothing) return sum.replace("−", "");
  return sum.startsWith("−") ? sum : `+${sum}`;
}

/* 1429 hundredths of a per cent as +14,3 %; whole numbers without a decimal. */
export function formatChange(hundredths: number, language: string): string {
  const percent = Math.abs(hundredths) / 100;
  const decimals = percent >= 100 || Number.isInteger(percent) ? 0 : 1;
  const sign = hundredths > 0 ? "+" : hundredths < 0 ? "−" : "";
  return `${sign}${formatNumber(percent, language, decimals)}${language === "ru" ? nbsp : ""}%`;
}

/* -1, 0 or 1: which side of zero a sum is, seen to the hundredth. */
export function signOf(amount: string): -1 | 0 | 1 {
  const value = Number(amount);
  return Math.abs(value) < 0.005 || Number.isNaN(value) ? 0 : value < 0 ? -1 : 1;
}
