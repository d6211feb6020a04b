/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Operators refuse with statuses of SMPP; a person is told what they mean. */
export type Meaning = "number" | "sender" | "length" | "busy" | "trouble" | "forbidden" | "final" | "service" | "connection";

/* Those people meet, and those that tell of a connection that is set up wrongly. */
const statuses: readonly [code: number, name: string, meaning: Meaning][] = [
  [0x01, "ESME_RINVMSGLEN", "length"],
  [0x02, "ESME_RINVCMDLEN", "service"],
  [0x03, "ESME_RINVCMDID", "service"],
  [0x04, "ESME_RINVBNDSTS", "connection"],
  [0x05, "ESME_RALYBND", "connection"],
  [0x08, "ESME_RSYSERR", "trouble"],
  [0x0a, "ESME_RINVSRCADR", "sender"],
  [0x0b, "ESME_RINVDSTADR", "number"],
  [0x0d, "ESME_RBINDFAIL", "connection"],
  [0x0e, "ESME_RINVPASWD", "connection"],
  [0x0f, "ESME_RINVSYSID", "connection"],
  [0x14, "ESME_RMSGQFUL", "busy"],
  [0x15, "ESME_RINVSERTYP", "service"],
  [0x43, "ESME_RINVESMCLASS", "service"],
  [0x45, "ESME_RSUBMITFAIL", "trouble"],
  [0x48, "ESME_RINVSRCTON", "service"],
  [0x49, "ESME_RINVSRCNPI", "service"],
  [0x50, "ESME_RINVDSTTON", "service"],
  [0x51, "ESME_RINVDSTNPI", "service"],
  [0x58, "ESME_RTHROTTLED", "busy"],
  [0x61, "ESME_RINVSCHED", "service"],
  [0x62, "ESME_RINVEXPIRY", "service"],
  [0x64, "ESME_RX_T_APPN", "trouble"],
  [0x65, "ESME_RX_P_APPN", "final"],
  [0x66, "ESME_RX_R_APPN", "final"],
  [0xfe, "ESME_RDELIVERYFAILURE", "final"],
  [0xff, "ESME_RUNKNOWNERR", "trouble"],
  [0x100, "ESME_RSERTYPUNAUTH", "forbidden"],
  [0x101, "ESME_RPROHIBITED", "forbidden"],
  [0x102, "ESME_RSERTYPUNAVAIL", "trouble"],
  [0x103, "ESME_RSERTYPDENIED", "forbidden"],
  [0x104, "ESME_RINVDCS", "service"],
];

/* By code, or by name as histories have it. Null for a status that says nothing to anybody but its operator. */
export function meaningOf(status: number | string | undefined): Meaning | null {
  return statuses.find(([code, name]) => status === code || status === name)?.[2] ?? null;
}
