/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect, useState } from "react";
import { asProblem } from "@/api/problem";

/* Seconds until another try makes sense, counting down. */
export function useWait(error: unknown): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = error === null ? 0 : (asProblem(error).retryAfterS ?? 0);
    const until = Date.now() + seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    tick();
    if (seconds === 0) return;
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [error]);
  return left;
}
