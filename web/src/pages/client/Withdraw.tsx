/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button from "antd/es/button";
import Select from "antd/es/select";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ConfirmDanger } from "@/shared/ui/ConfirmDanger";
import { ErrorView } from "@/shared/ui/ErrorView";
import { Field } from "@/shared/ui/Field";
import { ways, type Way } from "./consent-ways";
import { useWithdraw } from "./useConsents";
import styles from "./Client.module.css";

/* The client takes a consent back. */
export function Withdraw({ id, phone, purpose, name }: { id: string; phone: string; purpose: string; name: string }) {
  const { t } = useTranslation("client");
  const [asks, setAsks] = useState(false);
  const [source, setSource] = useState<Way>("call_centre");
  const withdraw = useWithdraw(id, () => setAsks(false));
  return (
    <div>
      <Button size="small" aria-label={t("withdraw.button_of", { name })} onClick={() => setAsks(true)}>
        {t("withdraw.button")}
      </Button>
      <ConfirmDanger
        open={asks}
        title={t("withdraw.title", { name })}
        confirm={t("withdraw.confirm")}
        busy={withdraw.isPending}
        onConfirm={() => withdraw.mutate({ phone, purpose, source })}
        onCancel={() => setAsks(false)}
      >
        <div className={styles.stack}>
          <p>{t("withdraw.text")}</p>
          <Field label={t("withdraw.source")}>
            {(props) => <Select<Way> {...props} className={styles.wide ?? ""} value={source} options={ways.map((way) => ({ value: way, label: t(`consents.source.${way}`) }))} onChange={setSource} />}
          </Field>
          {withdraw.error !== null && <ErrorView error={withdraw.error} inline />}
        </div>
      </ConfirmDanger>
    </div>
  );
}
