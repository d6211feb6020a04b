/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Puts a file among the person's downloads. */
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken hold of the content once it has begun to write.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
