/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The two themes: Ant Design's algorithms over seeds chosen so that text and signs keep the contrast of
 * WCAG AA on every surface. */
import theme from "antd/es/theme";
import type { ThemeConfig } from "antd/es/config-provider/context";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { Me } from "@/api/types";

/* Below this class Ant Design's tokens hold, for our own style sheets too. */
export const tokensClass = "tokens";

const shared = {
  fontFamily: "Inter, -apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif",
  fontSize: 14,
  borderRadius: 8,
  wireframe: false,
  motionDurationSlow: "0.18s",
  motionDurationMid: "0.12s",
  motionDurationFast: "0.08s",
};

const light: ThemeConfig = {
  algorithm: theme.defaultAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#2f54d0",
    colorInfo: "#2f54d0",
    colorLink: "#2f54d0",
    colorSuccess: "#1c7a3e",
    colorWarning: "#9a5b00",
    colorError: "#c4262e",
    // Ant Design derives these from the seeds, which are darker than its own: the signs on them faded.
    colorSuccessBg: "#eaf7ee",
    colorWarningBg: "#fff6e3",
    colorErrorBg: "#fff0f0",
    // Under the pointer words get darker, not paler.
    colorPrimaryHover: "#2746b4",
    colorLinkHover: "#1f3bab",
    colorErrorHover: "#a81d26",
    colorTextBase: "#16181d",
    colorTextSecondary: "rgba(22, 24, 29, 0.72)",
    colorTextTertiary: "rgba(22, 24, 29, 0.64)",
    colorTextDescription: "rgba(22, 24, 29, 0.64)",
    colorTextPlaceholder: "rgba(22, 24, 29, 0.6)",
    colorBgLayout: "#f6f7f9",
  },
};

const dark: ThemeConfig = {
  algorithm: theme.darkAlgorithm,
  token: {
    ...shared,
    colorPrimary: "#5b7cf0",
    colorInfo: "#7f9bff",
    colorLink: "#a5b8ff",
    // Still dark enough for white words, and links light enough to be read.
    colorPrimaryHover: "#4a64c4",
    colorLinkHover: "#c3d0ff",
    colorLinkActive: "#c3d0ff",
    colorSuccess: "#4cc57d",
    colorWarning: "#e5a23c",
    colorError: "#ff7a7d",
    colorBgBase: "#101114",
    colorTextBase: "#f1f2f5",
    colorTextSecondary: "rgba(241, 242, 245, 0.74)",
    colorTextTertiary: "rgba(241, 242, 245, 0.64)",
    colorTextDescription: "rgba(241, 242, 245, 0.64)",
    colorTextPlaceholder: "rgba(241, 242, 245, 0.6)",
    colorBgLayout: "#0b0c0f",
    colorBgContainer: "#15171b",
    colorBgElevated: "#1d2026",
  },
  components: {
    Button: {
      // White fades on the light red that reads well as text.
      dangerColor: "#220b0c",
      defaultHoverColor: "#a5b8ff",
      defaultHoverBorderColor: "#a5b8ff",
    },
  },
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
const prefersCalm = matchMedia("(prefers-reduced-motion: reduce)");

function useMedia(media: MediaQueryList): boolean {
  const subscribe = (changed: () => void) => {
    media.addEventListener("change", changed);
    return () => media.removeEventListener("change", changed);
  };
  return useSyncExternalStore(subscribe, () => media.matches);
}

export function useTheme(choice: Me["theme"]): ThemeConfig {
  const systemIsDark = useMedia(prefersDark);
  const isCalm = useMedia(prefersCalm);
  const isDark = choice === "dark" || (choice === "system" && systemIsDark);

  // Scroll bars, native fields and the ground behind the page follow.
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? "dark" : "light";
    document.body.style.background = isDark ? "#0b0c0f" : "#f6f7f9";
  }, [isDark]);
  return useMemo(() => {
    const chosen = isDark ? dark : light;
    return { ...chosen, cssVar: { key: tokensClass }, token: { ...chosen.token, motion: !isCalm } };
  }, [isDark, isCalm]);
}
