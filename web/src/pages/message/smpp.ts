/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Operators refuse with statuses of SMPP; a person is told what they mean. */
export type Meaning = "number" | "sender" | "length" | "busy" | "trouble" | "forbidden" | "final" | "service" | "connection";

const meanings: Record<string, Meaning> = {
  ESME_RINVDSTADR: "number",
  ESME_RINVSRCADR: "sender",
  ESME_RINVMSGLEN: "length",
  ESME_RMSGQFUL: "busy",
  ESME_RTHROTTLED: "busy",
  ESME_RSYSERR: "trouble",
  ESME_RSUBMITFAIL: "trouble",
  ESME_RX_T_APPN: "trouble",
  ESME_RUNKNOWNERR: "trouble",
  ESME_RSERTYPUNAVAIL: "trouble",
  ESME_RPROHIBITED: "forbidden",
  ESME_RSERTYPUNAUTH: "forbidden",
  ESME_RSERTYPDENIED: "forbidden",
  ESME_RX_P_APPN: "final",
  ESME_RX_R_APPN: "final",
  ESME_RDELIVERYFAILURE: "final",
  ESME_RINVEXPIRY: "service",
  ESME_RINVSCHED: "service",
  ESME_RINVDCS: "service",
  ESME_RINVESMCLASS: "service",
  ESME_RINVSERTYP: "service",
  ESME_RINVSRCTON: "service",
  ESME_RINVSRCNPI: "service",
  ESME_RINVDSTTON: "service",
  ESME_RINVDSTNPI: "service",
  ESME_RINVCMDLEN: "service",
  ESME_RINVCMDID: "service",
  ESME_RINVBNDSTS: "connection",
  ESME_RALYBND: "connection",
  ESME_RBINDFAIL: "connection",
  ESME_RINVPASWD: "connection",
  ESME_RINVSYSID: "connection",
};

/* Null for a status that says nothing to anybody but its operator. */
export function meaningOf(status: string | undefined): Meaning | null {
  return status !== undefined && Object.hasOwn(meanings, status) ? (meanings[status] ?? null) : null;
}
