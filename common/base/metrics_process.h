/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* metrics_process - what Prometheus expects to know of every process.  Inner part of metrics. */
#ifndef VESTNIK_BASE_METRICS_PROCESS_H
#define VESTNIK_BASE_METRICS_PROCESS_H

#include "common/base/buf.h"

/* Append process_* under their standard names and vestnik_uptime_seconds, read now from /proc. */
void metrics_render_process(struct buf *out);

#endif
