/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything around the pages: theme, language, cache, who is signed in. */
import ConfigProvider from "antd/es/config-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router/dom";
import type { Me } from "@/api/types";
import { antdLocale, changeLanguage } from "@/i18n/i18n";
import { LanguageContext } from "@/shared/hooks/useLanguage";
import { MeContext, useMeQuery } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Must } from "./Must";
import { queryClient } from "./query-client";
import { router } from "./router";
import { signIn } from "./sign-in";
import { tokensClass, useTheme } from "./theme";
import styles from "./App.module.css";

function usePersonsLanguage(me: Me | null | undefined): void {
  const language = me?.language;
  useEffect(() => {
    if (language !== undefined) void changeLanguage(language);
  }, [language]);
}

function Body() {
  const me = useMeQuery();
  const { language } = useTranslation().i18n;
  const locale = antdLocale(language);
  const theme = useTheme(me.data?.theme ?? "system");
  usePersonsLanguage(me.data);

  const content = () => {
    if (me.data === null) return <signIn.Component />;
    if (me.data !== undefined) {
      return (
        <MeContext value={me.data}>
          <Must me={me.data} key={me.data.id}>
            <RouterProvider router={router} />
          </Must>
        </MeContext>
      );
    }
    if (me.error === null) return null;
    return (
      <main className={styles.alone}>
        <ErrorView error={me.error} onAgain={() => void me.refetch()} />
      </main>
    );
  };

  return (
    <LanguageContext value={language}>
      <ConfigProvider theme={theme} {...(locale === undefined ? {} : { locale })} button={{ autoInsertSpace: false }}>
        <div className={`${styles.app ?? ""} ${tokensClass}`}>
          <Suspense>{content()}</Suspense>
        </div>
      </ConfigProvider>
    </LanguageContext>
  );
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Body />
    </QueryClientProvider>
  );
}
