/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useEffect, useState } from "react";

/* True once `isOn` has been true for `ms`: what is over in a moment is not worth a word. */
export function useLate(isOn: boolean, ms: number): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isOn) return;
    const timer = setTimeout(() => setLate(true), ms);
    return () => {
      clearTimeout(timer);
      setLate(false);
    };
  }, [isOn, ms]);
  return isOn && isLate;
}
