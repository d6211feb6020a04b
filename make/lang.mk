# SPDX-License-Identifier: AGPL-3.0-or-later
# lang: the Russian sentences are part of the program.
$(B)/common/web/lang.o: common/web/ru.txt
