/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent_proof - files that prove consents. */
#ifndef VESTNIK_APID_CONSENT_PROOF_H
#define VESTNIK_APID_CONSENT_PROOF_H

/* What the name of a file of this kind ends in: "pdf". */
const char *consent_proof_ending(const char *media_type);

#endif
