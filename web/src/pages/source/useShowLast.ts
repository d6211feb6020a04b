/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useSearchParams } from "react-router";

/* Back from an older run to the last one, which is about to come. */
export function useShowLast(): () => void {
  const [, setSearch] = useSearchParams();
  return () => setSearch({}, { replace: true, preventScrollReset: true });
}
