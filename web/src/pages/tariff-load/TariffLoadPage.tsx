/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A price list on its way into force: whose and from when, the file, what it changes, and only then the deed. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { asProblem } from "@/api/problem";
import { useAccounts, useProviders } from "@/features/delivery-words/queries";
import { SheetProblem } from "@/features/delivery-words/SheetProblem";
import { useLanguage } from "@/shared/hooks/useLanguage";
import { formatDay } from "@/shared/lib/format";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { Page, Panel } from "@/shared/ui/Page";
import { Changes } from "./Changes";
import { wrongsOf, type Draft, type Preview } from "./draft";
import { LoadForm } from "./LoadForm";
import { useApply, useCompare } from "./queries";
import styles from "./TariffLoad.module.css";

const empty = (): Draft => ({ owner: null, from: dayjs().add(1, "day").format("YYYY-MM-DD"), unit: "part", chargeOn: "acceptance", vat: "excluded", rate: "", currency: "", file: null });

/* In which the prices compared are. */
function useCurrency({ owner, currency }: Draft): string {
  const { data: accounts = [] } = useAccounts();
  const { data: providers = [] } = useProviders();
  if (currency !== "") return currency;
  const name = owner?.slice(2);
  const own = owner?.startsWith("a:") === true ? accounts.find((account) => account.name === name)?.provider.currency : providers.find((provider) => provider.name === name)?.currency;
  return own ?? "RUB";
}

interface ApplyProps {
  draft: Draft;
  preview: Preview;
  /* Another list came into force meanwhile. */
  onStale: () => void;
}

function Apply({ draft, preview, onStale }: ApplyProps) {
  const { t } = useTranslation("tariff-load");
  const language = useLanguage();
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const apply = useApply(({ id }) => void navigate(`/delivery/tariffs/${id}`, { replace: true }));
  const isStale = apply.error !== null && asProblem(apply.error).status === 409;
  const isPast = draft.from < dayjs().format("YYYY-MM-DD");
  const day = formatDay(dayjs(draft.from), language, dayjs());
  return (
    <>
      {isStale ? (
        <Alert type="warning" showIcon role="alert" title={t("stale")} action={<Button onClick={onStale}>{t("compare_again")}</Button>} />
      ) : (
        apply.error !== null && <SheetProblem error={apply.error} />
      )}
      <div>
        <Button type="primary" disabled={isStale} onClick={() => setAsks(true)}>
          {t("apply.button", { day })}
        </Button>
      </div>
      <ConfirmDanger
        open={asks}
        title={t("apply.title", { day })}
        confirm={t("apply.confirm")}
        danger={isPast || preview.gone > 0}
        busy={apply.isPending}
        onConfirm={() => apply.mutate({ draft, against: preview.against }, { onSettled: () => setAsks(false) })}
        onCancel={() => setAsks(false)}
      >
        <p>{t("apply.text", { changed: preview.changed, added: preview.new, gone: preview.gone })}</p>
        {preview.gone > 0 && <p>{t("apply.gone")}</p>}
        {isPast && <p>{t("apply.past")}</p>}
      </ConfirmDanger>
    </>
  );
}

export default function TariffLoadPage() {
  const { t } = useTranslation("tariff-load");
  const [draft, setDraft] = useState(empty);
  const compare = useCompare();
  const currency = useCurrency(draft);
  const wrongs = wrongsOf(draft);
  const problem = compare.error === null ? null : asProblem(compare.error);
  const change = (part: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...part }));
    // What was compared is not what would be stored any more.
    compare.reset();
  };
  const again = () => compare.mutate(draft);
  return (
    <Page title={t("title")} lead={t("lead")} back={{ to: "/delivery/tariffs", label: t("back") }}>
      <Panel className={styles.form ?? ""}>
        <LoadForm draft={draft} onChange={change} problem={problem} />
        <div className={styles.go}>
          <Button type={compare.isSuccess ? "default" : "primary"} disabled={wrongs.length > 0} loading={compare.isPending} onClick={again}>
            {t("compare")}
          </Button>
          {wrongs.length > 0 && <span className={styles.note}>{t(`missing.${wrongs[0] ?? "file"}`)}</span>}
        </div>
      </Panel>
      {compare.error !== null && <SheetProblem error={compare.error} />}
      {compare.data !== undefined && (
        <>
          <Changes preview={compare.data} currency={currency} />
          <Apply draft={draft} preview={compare.data} onStale={again} />
        </>
      )}
    </Page>
  );
}
