/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What personal data is used for: the register, with the newest text people agree to. */
import DownloadOutlined from "@ant-design/icons/es/icons/DownloadOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import SafetyCertificateOutlined from "@ant-design/icons/es/icons/SafetyCertificateOutlined";
import Button from "antd/es/button";
import Tag from "antd/es/tag";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { fetchFile } from "@/api/fetch-file";
import { keys } from "@/api/keys";
import type { ConsentText, Purpose } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { saveFile } from "@/shared/lib/save-file";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { DataTable, type Column } from "@/shared/ui/DataTable";
import { EmptyState } from "@/shared/ui/EmptyState";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Page } from "@/shared/ui/Page";
import { PageLink } from "@/shared/ui/PageLink";
import { Time } from "@/shared/ui/values";
import { latestOf } from "./latest";
import styles from "./Purposes.module.css";

function useRegister() {
  return useQuery({
    queryKey: [...keys.purposes, "register"],
    queryFn: async ({ signal }) => {
      const [{ purposes }, { consent_texts: texts }] = await Promise.all([api.get("/v1/purposes", { signal }), api.get("/v1/consent-texts", { signal })]);
      return { purposes, latest: latestOf(texts) };
    },
  });
}

function NewPurpose() {
  const { t } = useTranslation("purposes");
  if (!useRight("consents.edit")) return null;
  return (
    <ButtonLink to="/purposes/new" type="primary" icon={<PlusOutlined aria-hidden />}>
      {t("new")}
    </ButtonLink>
  );
}

function Download() {
  const { t } = useTranslation("purposes");
  const download = useMutation({ mutationFn: async () => saveFile(await (await fetchFile("/v1/purposes.csv")).blob(), "purposes.csv") });
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} loading={download.isPending} onClick={() => download.mutate()}>
        {t("download")}
      </Button>
      {download.error !== null && <ErrorView error={download.error} inline />}
    </>
  );
}

function Text({ text }: { text: ConsentText | undefined }) {
  const { t } = useTranslation("purposes");
  if (text === undefined) return <span className={styles.quiet}>{t("no_text")}</span>;
  return (
    <>
      {t("version", { version: text.version })}
      <p className={styles.quiet}>
        <Time value={text.published_at} />
      </p>
    </>
  );
}

export default function PurposesPage() {
  const { t } = useTranslation("purposes");
  const { data, error, refetch } = useRegister();
  const columns: Column<Purpose>[] = [
    {
      key: "name",
      title: t("columns.name"),
      card: "title",
      render: ({ code, name }) => (
        <PageLink to={`/purposes/${code}`} className={styles.name ?? ""}>
          {name}
        </PageLink>
      ),
    },
    { key: "basis", title: t("columns.basis"), width: "18%", card: "aside", render: ({ legal_basis }) => t(`basis.${legal_basis}`) },
    { key: "category", title: t("columns.category"), width: "18%", render: ({ category }) => (category === null ? <span className={styles.quiet}>{t("no_messages")}</span> : t(`message_category.${category}`, { ns: "common" })) },
    { key: "required", title: t("columns.required"), width: "18%", render: ({ required }) => (required ? <Tag color="success">{t("required")}</Tag> : <span className={styles.quiet}>{t("not_required")}</span>) },
    { key: "text", title: t("columns.text"), width: "16%", render: ({ code }) => <Text text={data?.latest.get(code)} /> },
  ];
  return (
    <Page
      title={t("title")}
      lead={t("lead")}
      actions={
        <>
          <NewPurpose />
          <Download />
        </>
      }
    >
      <DataTable
        columns={columns}
        rows={data?.purposes}
        rowKey={({ code }) => code}
        label={t("title")}
        error={error}
        onAgain={() => void refetch()}
        expected={4}
        empty={
          <EmptyState icon={<SafetyCertificateOutlined />} title={t("empty.title")} action={<NewPurpose />}>
            {t("empty.text")}
          </EmptyState>
        }
      />
    </Page>
  );
}
