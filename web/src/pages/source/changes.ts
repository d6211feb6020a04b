/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { Difference } from "./queries";

type Changed = Difference["changed"][number];

export type ChangeRow = Changed["fields"][number] & Pick<Changed, "client_id" | "phone"> & { key: string; isFirst: boolean };

/* A row for each field of each client; the client is named at its first one. */
export function changeRows(changed: readonly Changed[]): ChangeRow[] {
  return changed.flatMap(({ client_id, phone, fields }) =>
    fields.map((field, i) => ({ ...field, client_id, phone, key: `${client_id} ${field.field} ${field.attribute ?? ""}`, isFirst: i === 0 })),
  );
}
