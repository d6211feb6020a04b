/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A file's size and form, and what its columns mean, in words. */
import { useTranslation } from "react-i18next";
import type { ImportField } from "@/api/types";
import { formatNumber } from "@/shared/lib/format";

type Unit = "b" | "kb" | "mb";

/* 1024 at a time, as the systems that show the file's size do; one decimal below ten. */
export function inUnits(bytes: number): { value: number; decimals: number; unit: Unit } {
  if (bytes < 1024) return { value: bytes, decimals: 0, unit: "b" };
  const unit = bytes < 1024 * 1024 ? "kb" : "mb";
  const value = bytes / (unit === "kb" ? 1024 : 1024 * 1024);
  return { value, decimals: value < 9.95 ? 1 : 0, unit };
}

export function useBytes(): (bytes: number) => string {
  const { t, i18n } = useTranslation("import-file");
  return (bytes) => {
    const { value, decimals, unit } = inUnits(bytes);
    return t(`bytes.${unit}`, { size: formatNumber(value, i18n.language, decimals) });
  };
}

const separators = { ";": "semicolon", ",": "comma", "\t": "tab" } as const;

/* How a file was read: "кодировка windows-1251 · разделитель — запятая". */
export function useFileForm(): (encoding: string, separator: string) => string {
  const { t } = useTranslation("import-file");
  return (encoding, separator) => {
    if (encoding === "Excel") return t("workbook");
    const known = separator === ";" || separator === "," || separator === "\t" ? t(`separator.${separators[separator]}`) : separator;
    return `${t("encoding", { name: encoding })} · ${known}`;
  };
}

/* What a column means; an attribute is called by its name. */
export function useFieldWord(): (field: ImportField, attribute?: string | null) => string {
  const { t } = useTranslation("import-file");
  return (field, attribute) => (field === "attribute" && typeof attribute === "string" ? attribute.replaceAll("_", " ") : t(`field.${field}`));
}
