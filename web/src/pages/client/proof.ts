/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Kinds of files that are kept as proof. By their endings: systems call the same file by different types. */
const types: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  tif: "image/tiff",
  tiff: "image/tiff",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  wav: "audio/wav",
  txt: "text/plain",
  csv: "text/csv",
  eml: "message/rfc822",
  zip: "application/zip",
};

export const proofEndings = Object.keys(types).map((ending) => `.${ending}`);
export const proofBytesMax = 5 * 1024 * 1024;

export function proofType(name: string): string | null {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  return ending === undefined ? null : (types[ending] ?? null);
}

export type ProofProblem = "kind" | "size" | "empty";

export function proofProblem({ name, size }: Pick<File, "name" | "size">): ProofProblem | null {
  if (proofType(name) === null) return "kind";
  if (size === 0) return "empty";
  return size > proofBytesMax ? "size" : null;
}
