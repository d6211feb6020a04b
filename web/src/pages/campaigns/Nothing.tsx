/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Where the table has no rows: because there are none yet, none fits, or a phone was typed. */
import NotificationOutlined from "@ant-design/icons/es/icons/NotificationOutlined";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { givePhone } from "@/shared/lib/given-phone";
import { preload } from "@/shared/lib/preload";
import { EmptyState } from "@/shared/ui/EmptyState";
import { NewCampaign } from "./NewCampaign";
import styles from "./Campaigns.module.css";

export function NothingYet() {
  const { t } = useTranslation("campaigns");
  return (
    <EmptyState icon={<NotificationOutlined />} title={t("empty.title")} action={<NewCampaign />}>
      {t("empty.text")}
    </EmptyState>
  );
}

export function NothingFits({ onReset }: { onReset: () => void }) {
  const { t } = useTranslation("campaigns");
  return (
    <EmptyState title={t("nothing_fits.title")} action={<Button onClick={onReset}>{t("nothing_fits.reset")}</Button>}>
      {t("nothing_fits.text")}
    </EmptyState>
  );
}

export function PhoneTyped({ phone }: { phone: string }) {
  const { t } = useTranslation("campaigns");
  const navigate = useNavigate();
  const search = () => {
    givePhone(phone);
    void navigate("/messages");
  };
  return (
    <div className={styles.nothing}>
      <EmptyState
        title={t("phone.title")}
        action={
          <Button type="primary" onClick={search} onPointerEnter={() => preload("/messages")}>
            {t("phone.search")}
          </Button>
        }
      >
        {t("phone.text")}
      </EmptyState>
    </div>
  );
}
