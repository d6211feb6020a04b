/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* csv_head - what the first bytes of a table tell about the rest: its encoding and separator. */
#ifndef VESTNIK_TEXT_CSV_HEAD_H
#define VESTNIK_TEXT_CSV_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* UTF-8 unless more of the bytes above ASCII contradict it than agree.  `cut`: the file goes on, so
 * a sequence that the end of the head cuts does not count. */
bool csv_head_is_cp1251(const char *head, size_t len, bool cut);
/* The separator met most often outside quotes in the first line; of equals the earlier of ; tab ,
 */
char csv_head_separator(const char *head, size_t len);
/* Excel's first line "sep=;" names the separator.  Returns the bytes it takes, 0 without one. */
size_t csv_head_separator_line(const char *head, size_t len, char *separator_out);

#endif
