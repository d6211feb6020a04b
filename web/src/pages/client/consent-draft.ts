/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A consent as a person fills it in, and what is still wrong with it. */
import dayjs from "dayjs";
import type { Way } from "./consent-ways";
import { proofProblem, type ProofProblem } from "./proof";

export interface ConsentDraft {
  purpose: string;
  /* Null: the newest version. */
  textId: string | null;
  source: Way;
  form: string;
  origin: string;
  identity: string;
  /* As the native field writes it, 2026-11-28T10:00; "": now. */
  at: string;
  /* 2026-11-28; "": until it is withdrawn. */
  expires: string;
  proof: File | null;
}

export function emptyConsent(purpose: string): ConsentDraft {
  return { purpose, textId: null, source: "call_centre", form: "", origin: "", identity: "", at: "", expires: "", proof: null };
}

export function momentOf(local: string): string {
  return dayjs(local).toISOString();
}

export type ConsentWrong = "missing" | "future" | "before" | ProofProblem;
type Wrongs = Partial<Record<"form" | "origin" | "identity" | "at" | "expires" | "proof", ConsentWrong>>;

export function wrongsOfConsent({ form, origin, identity, at, expires, proof }: ConsentDraft, nowMs: number): Wrongs {
  const wrongs: Wrongs = {};
  if (form.trim() === "") wrongs.form = "missing";
  if (origin.trim() === "") wrongs.origin = "missing";
  if (identity.trim() === "") wrongs.identity = "missing";
  const given = at === "" ? nowMs : dayjs(at).valueOf();
  if (given > nowMs) wrongs.at = "future";
  if (expires !== "" && dayjs(`${expires}T23:59`).valueOf() <= given) wrongs.expires = "before";
  const problem = proof === null ? null : proofProblem(proof);
  if (problem !== null) wrongs.proof = problem;
  return wrongs;
}
