/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Live progress of one campaign by server-sent events.
 *
 * Browsers allow six connections to a server, so a page opens one stream at most, and none while its tab
 * is hidden. A stream that breaks is opened again after 1 s, 2 s, 4 s, ... at most 30 s. */
import type { Progress } from "./types";

const firstDelayMs = 1000;
const longestDelayMs = 30_000;

export function delayMs(failures: number): number {
  return Math.min(longestDelayMs, firstDelayMs * 2 ** Math.max(0, failures - 1));
}

/* A stopped campaign has figures that change until its last message has a fate. */
export function isOver({ status, finished_at }: Pick<Progress, "status" | "finished_at">): boolean {
  return status === "finished" || status === "failed" || (status === "cancelled" && finished_at !== null);
}

export interface ProgressWatcher {
  onProgress: (progress: Progress) => void;
  /* True while the stream stands. */
  onLive: (live: boolean) => void;
  /* The stream stood open or hidden for a while and may have missed something. */
  onGap: () => void;
}

/* Watches until the returned function is called. */
export function watchProgress(id: string, watcher: ProgressWatcher): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let over = false;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
    watcher.onLive(false);
  };

  const open = () => {
    if (source !== null || over || document.hidden) return;
    source = new EventSource(`/v1/campaigns/${encodeURIComponent(id)}/progress/stream`);
    source.addEventListener("progress", (event: MessageEvent<string>) => {
      failures = 0;
      watcher.onLive(true);
      const progress = JSON.parse(event.data) as Progress;
      over = isOver(progress);
      watcher.onProgress(progress);
      if (over) close();
    });
    source.addEventListener("error", () => {
      close();
      failures += 1;
      watcher.onGap();
      timer = setTimeout(open, delayMs(failures));
    });
  };

  const onVisibility = () => {
    if (document.hidden) close();
    else {
      watcher.onGap();
      open();
    }
  };

  document.addEventListener("visibilitychange", onVisibility);
  open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    close();
  };
}
