/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* consent - entering what people agreed to and withdrew.
 *
 * The rules are SQL (consent_record(), consent_withdraw(), consent_declare(), consent_code_start();
 * docs/database.md), so that every daemon enters by the same ones.  What they refuse they name by a
 * field; here stands what is expected there. */
#ifndef VESTNIK_MODEL_CONSENT_H
#define VESTNIK_MODEL_CONSENT_H

/* For a person, in English; borrowed.  Any field those functions name. */
const char *consent_expected(const char *field);

#endif
