/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What can be done with a source: try, read now, switch off, change, delete. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import type { Source } from "@/api/types";
import { fieldsOf, usePutSource, useRunSource } from "@/features/source-words/queries";
import { isGoing } from "@/features/source-words/state";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { useDeleteSource } from "./queries";
import { useShowLast } from "./useShowLast";

function Delete({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const navigate = useNavigate();
  const [asks, setAsks] = useState(false);
  const removal = useDeleteSource(source.id, () => void navigate("/sources", { replace: true }));
  return (
    <>
      <Button onClick={() => setAsks(true)}>{t("delete.button")}</Button>
      <ConfirmDanger open={asks} title={t("delete.title", { name: source.name })} confirm={t("delete.confirm")} busy={removal.isPending} onConfirm={() => removal.mutate()} onCancel={() => setAsks(false)}>
        <p>{t("delete.text")}</p>
        {removal.error !== null && <ErrorView error={removal.error} inline />}
      </ConfirmDanger>
    </>
  );
}

export function Deeds({ source }: { source: Source }) {
  const { t } = useTranslation("source");
  const showLast = useShowLast();
  const run = useRunSource(source.id, showLast);
  const put = usePutSource(source.id);
  const isBusy = source.last_run !== null && isGoing(source.last_run);
  const error = run.error ?? put.error;
  return (
    <>
      {source.enabled && (
        <Button type="primary" disabled={isBusy} loading={run.isPending && !run.variables.dry_run} onClick={() => run.mutate({ dry_run: false })}>
          {t("deed.read")}
        </Button>
      )}
      <Button type={source.enabled ? "default" : "primary"} disabled={isBusy} loading={run.isPending && run.variables.dry_run} onClick={() => run.mutate({ dry_run: true })}>
        {t("deed.try")}
      </Button>
      {source.enabled && (
        <Button loading={put.isPending} onClick={() => put.mutate({ ...fieldsOf(source), enabled: false })}>
          {t("deed.off")}
        </Button>
      )}
      <ButtonLink to={`/sources/${source.id}/edit`}>{t("deed.change")}</ButtonLink>
      <Delete source={source} />
      {error !== null && <ErrorView error={error} inline />}
    </>
  );
}
