/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which of the three sizes the window has. Style sheets use the same limits: 768 and 1200 px. */
import { useSyncExternalStore } from "react";

export type Width = "phone" | "tablet" | "desktop";

const tablet = matchMedia("(min-width: 768px)");
const desktop = matchMedia("(min-width: 1200px)");

function subscribe(changed: () => void): () => void {
  tablet.addEventListener("change", changed);
  desktop.addEventListener("change", changed);
  return () => {
    tablet.removeEventListener("change", changed);
    desktop.removeEventListener("change", changed);
  };
}

function width(): Width {
  if (desktop.matches) return "desktop";
  return tablet.matches ? "tablet" : "phone";
}

export function useWidth(): Width {
  return useSyncExternalStore(subscribe, width);
}
