/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Adds a connection to a provider, or changes one. */
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";
import { useAccount, useProfiles, useProviders, useSettings, type Account } from "@/features/account-words/queries";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { AccountForm } from "./AccountForm";

function Editor({ account }: { account: Account | null }) {
  const { t } = useTranslation("account-edit");
  const settings = useSettings();
  const profiles = useProfiles();
  const providers = useProviders();
  const error = settings.error ?? profiles.error ?? providers.error;
  if (settings.data === undefined || profiles.data === undefined || providers.data === undefined) {
    const again = () => void Promise.all([settings.refetch(), profiles.refetch(), providers.refetch()]);
    return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={again} />;
  }
  return (
    <Page
      title={account === null ? t("title") : t("title_change", { name: account.name })}
      tabTitle={t("tab_title")}
      lead={account === null ? t("lead") : t("lead_change")}
      back={account === null ? { to: "/delivery", label: t("back") } : { to: `/delivery/accounts/${account.id}`, label: account.name }}
      narrow
    >
      <AccountForm account={account} settings={settings.data} profiles={profiles.data} providers={providers.data} />
    </Page>
  );
}

function Change({ id }: { id: string }) {
  const { data, error, refetch } = useAccount(id);
  if (data !== undefined) return <Editor account={data} />;
  return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
}

export default function AccountEditPage() {
  const { id } = useParams();
  return id === undefined ? <Editor account={null} /> : <Change key={id} id={id} />;
}
