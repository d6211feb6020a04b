/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* One purpose: what the register says of it, whether messages need a consent, the texts people agree to. */
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import { ApiProblem } from "@/api/problem";
import type { Purpose } from "@/api/types";
import { useRight } from "@/shared/hooks/useMe";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Facts } from "@/shared/ui/Facts";
import { Page, PanelSection } from "@/shared/ui/Page";
import { PageSkeleton } from "@/shared/ui/PageSkeleton";
import { Time } from "@/shared/ui/values";
import { PurposeForm } from "./PurposeForm";
import { Required } from "./Required";
import { Texts } from "./Texts";
import { useCreatePurpose, usePurposes } from "./queries";
import styles from "./Purpose.module.css";

function Register({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation("purpose");
  return (
    <Facts
      facts={[
        { label: t("basis.label"), value: t(`basis.${purpose.legal_basis}`) },
        { label: t("categories"), value: <span className={styles.value}>{purpose.data_categories.join(", ")}</span> },
        { label: t("retention"), value: <span className={styles.value}>{purpose.retention}</span> },
        { label: t("recipients"), value: <span className={styles.value}>{purpose.recipients.join(", ")}</span> },
        { label: t("changed"), value: <Time value={purpose.changed_at} /> },
      ]}
    />
  );
}

function Shown({ purpose }: { purpose: Purpose }) {
  const { t } = useTranslation("purpose");
  const mayEdit = useRight("consents.edit");
  const lead = purpose.category === null ? t("no_messages") : t("serves", { category: t(`message_category.${purpose.category}`, { ns: "common" }) });
  return (
    <Page title={purpose.name} lead={lead} back={{ to: "/purposes", label: t("back") }} narrow>
      {purpose.category !== null && <Required purpose={purpose} />}
      <Texts purpose={purpose} />
      <PanelSection title={t("register")} className={styles.stack}>
        {mayEdit ? <PurposeForm key={purpose.changed_at} purpose={purpose} /> : <Register purpose={purpose} />}
      </PanelSection>
    </Page>
  );
}

function New() {
  const { t } = useTranslation("purpose");
  const navigate = useNavigate();
  const mayEdit = useRight("consents.edit");
  const create = useCreatePurpose((code) => void navigate(`/purposes/${code}`, { replace: true }));
  if (!mayEdit) return <ErrorView error={new ApiProblem({ status: 403, kind: "forbidden" })} />;
  return (
    <Page title={t("new")} lead={t("new_lead")} back={{ to: "/purposes", label: t("back") }} narrow>
      <PanelSection title={t("register")} className={styles.stack}>
        <PurposeForm purpose={null} create={create} />
      </PanelSection>
    </Page>
  );
}

function Existing({ code }: { code: string }) {
  const { data, error, refetch } = usePurposes();
  if (data === undefined) return error === null ? <PageSkeleton /> : <ErrorView error={error} onAgain={() => void refetch()} />;
  const purpose = data.find((one) => one.code === code);
  return purpose === undefined ? <ErrorView error={new ApiProblem({ status: 404, kind: "not-found" })} /> : <Shown purpose={purpose} />;
}

export default function PurposePage() {
  const { code } = useParams();
  return code === undefined ? <New /> : <Existing key={code} code={code} />;
}
