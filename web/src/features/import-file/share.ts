/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* How far an upload is, from bytes that left and from the time storing takes. */
import type { Upload } from "./uploads";

/* Storing begins when the last byte has come and takes about as long as this many rows a second need. */
const rowsPerS = 50_000;
const storingAtLeastS = 1;
const sendingPart = 0.6;

type Progress = Pick<Upload, "phase" | "sent" | "since" | "rows"> & { file: Pick<File, "size"> };

export function storingSeconds(rows: number): number {
  return Math.max(storingAtLeastS, rows / rowsPerS);
}

/* 0..1, never 1 before all is over: apid does not tell how far storing is, so that the bar comes closer to
 * the end by time and gets there with the answer. */
export function shareDone({ phase, sent, since, rows, file }: Progress, nowMs: number): number {
  if (phase === "over") return 1;
  if (phase !== "storing") return file.size === 0 ? 0 : sendingPart * Math.min(1, sent / file.size);
  const elapsedS = Math.max(0, nowMs - since) / 1000;
  return sendingPart + (1 - sendingPart) * (1 - Math.exp(-elapsedS / storingSeconds(rows)));
}

const rateKnownMs = 2000;

/* Until all has left; null while nobody can say. */
export function secondsToSend({ phase, sent, since, file }: Progress, nowMs: number): number | null {
  const elapsedMs = nowMs - since;
  if (phase !== "sending" || sent === 0 || elapsedMs < rateKnownMs) return null;
  return Math.ceil((((file.size - sent) / sent) * elapsedMs) / 1000);
}
