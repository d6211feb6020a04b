/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What a person has to do first, or else the pages. */
import { useQueryClient } from "@tanstack/react-query";
import { lazy, useState, type ReactNode } from "react";
import { keys } from "@/api/keys";
import type { Me } from "@/api/types";

const MustChangePassword = lazy(() => import("./MustChangePassword"));
const MustEnrol = lazy(() => import("./MustEnrol"));

export function Must({ me, children }: { me: Me; children: ReactNode }) {
  const queryClient = useQueryClient();
  // They are shown once, and stay until the person has put them away, whatever is asked meanwhile.
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  if (me.must === "change_password") return <MustChangePassword />;
  if (me.must === "enrol_second_factor" || codes !== null) {
    return (
      <MustEnrol
        codes={codes}
        onCodes={setCodes}
        onDone={() => {
          // Not before it is known that nothing is left to do: it would begin again.
          void queryClient.invalidateQueries({ queryKey: keys.me }).then(() => setCodes(null));
        }}
      />
    );
  }
  return children;
}
