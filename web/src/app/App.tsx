/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Everything around the pages: theme, language, cache, who is signed in. */
import AntApp from "antd/es/app";
import ConfigProvider from "antd/es/config-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Locale } from "antd/es/locale";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router/dom";
import type { Me } from "@/api/types";
import { changeLanguage, isLanguage } from "@/i18n/i18n";
import { MeContext, useMeQuery } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { SignIn } from "./SignIn";
import { antdLocale } from "./locale";
import { queryClient } from "./query-client";
import { router } from "./router";
import { useTheme } from "./theme";
import styles from "./App.module.css";

function useLocale(): Locale | undefined {
  const { i18n } = useTranslation();
  const [locale, setLocale] = useState<Locale>();
  const language = isLanguage(i18n.language) ? i18n.language : "ru";
  useEffect(() => {
    let current = true;
    void antdLocale(language).then((loaded) => {
      if (current) setLocale(loaded);
    });
    return () => {
      current = false;
    };
  }, [language]);
  return locale;
}

function usePersonsLanguage(me: Me | null | undefined): void {
  const language = me?.language;
  useEffect(() => {
    if (language !== undefined) void changeLanguage(language);
  }, [language]);
}

function Body() {
  const me = useMeQuery();
  const locale = useLocale();
  const theme = useTheme(me.data?.theme ?? "system");
  usePersonsLanguage(me.data);

  const content = () => {
    if (me.data === null) return <SignIn />;
    if (me.data !== undefined) {
      return (
        <MeContext value={me.data}>
          <RouterProvider router={router} key={me.data.id} />
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
    <ConfigProvider theme={theme} {...(locale === undefined ? {} : { locale })} button={{ autoInsertSpace: false }}>
      <AntApp className={styles.app ?? ""}>{content()}</AntApp>
    </ConfigProvider>
  );
}

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Body />
    </QueryClientProvider>
  );
}
