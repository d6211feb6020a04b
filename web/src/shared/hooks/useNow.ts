/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect, useState } from "react";

/* The time, anew every `ms`: for what changes by time alone. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}
