/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person says of a price list before it is compared, and how apid is asked. */
import type { Answer } from "@/api/client";
import type { Tariff } from "@/api/types";
import { rateOf, sheetBytesMax, type VatDraft } from "@/features/delivery-words/sheet";
import { ownerQuery } from "@/features/delivery-words/standing";

export type Preview = Answer<"/v1/tariffs/preview", "post">;
export type Change = Preview["changes"][number];

export interface Draft extends VatDraft {
  owner: string | null;
  from: string;
  unit: Tariff["unit"];
  chargeOn: Tariff["charge_on"];
  /* "": that of the provider. */
  currency: string;
  file: File | null;
}

export type Wrong = "owner" | "from" | "rate" | "currency" | "file";

export function wrongsOf(draft: Draft): Wrong[] {
  const wrongs: Wrong[] = [];
  if (draft.owner === null) wrongs.push("owner");
  if (!/^\d{4}-\d\d-\d\d$/.test(draft.from)) wrongs.push("from");
  if (rateOf(draft.rate) === null) wrongs.push("rate");
  if (draft.currency !== "" && !/^[A-Z]{3}$/.test(draft.currency)) wrongs.push("currency");
  if (draft.file === null || draft.file.size > sheetBytesMax) wrongs.push("file");
  return wrongs;
}

export function queryOf(draft: Draft): Record<string, string> {
  const rate = rateOf(draft.rate);
  return {
    ...(draft.owner === null ? {} : ownerQuery(draft.owner)),
    from: draft.from,
    vat: draft.vat,
    ...(rate === undefined || rate === null ? {} : { vat_rate: rate }),
    ...(draft.currency === "" ? {} : { currency: draft.currency }),
    unit: draft.unit,
    charge_on: draft.chargeOn,
    ...(draft.file === null ? {} : { file_name: draft.file.name }),
  };
}

/* Nothing of what is in force would be another. */
export function isSame({ changed, new: added, gone }: Preview): boolean {
  return changed + added + gone === 0;
}

/* The list holds at most 500 of each kind; how many it leaves out. */
export function hidden(preview: Preview): number {
  return preview.changed + preview.new + preview.gone - preview.changes.length;
}
