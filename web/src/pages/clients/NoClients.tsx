/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Nobody there: why that may be, and the way on. */
import TeamOutlined from "@ant-design/icons/es/icons/TeamOutlined";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { nameTurned, type Query } from "@/features/search/query";
import { useRight } from "@/shared/hooks/useMe";
import { formatPhone } from "@/shared/lib/format";
import { givePhone } from "@/shared/lib/given-phone";
import { ButtonLink } from "@/shared/ui/ButtonLink";
import { EmptyState } from "@/shared/ui/EmptyState";

function NobodyYet() {
  const { t } = useTranslation("clients");
  const mayImport = useRight("clients.import");
  return (
    <EmptyState
      icon={<TeamOutlined />}
      title={t("empty.title")}
      action={
        mayImport && (
          <ButtonLink to="/imports" type="primary">
            {t("empty.import")}
          </ButtonLink>
        )
      }
    >
      {mayImport ? t("empty.text") : t("empty.text_ask")}
    </EmptyState>
  );
}

/* Messages of programs go to numbers that no client has. */
function ToMessages({ phone }: { phone: string }) {
  const { t } = useTranslation("clients");
  const navigate = useNavigate();
  if (!useRight("messages.read")) return null;
  const go = () => {
    givePhone(phone);
    void navigate("/messages");
  };
  return <Button onClick={go}>{t("nobody.to_messages")}</Button>;
}

function NobodyFound({ query, onTyped }: { query: Query; onTyped: (text: string) => void }) {
  const { t } = useTranslation("clients");
  if (query.kind === "phone" && query.phone !== null) {
    return (
      <EmptyState title={t("nobody.phone", { phone: formatPhone(query.phone) })} action={<ToMessages phone={query.phone} />}>
        {t("nobody.phone_text")}
      </EmptyState>
    );
  }
  if (query.kind === "piece") return <EmptyState title={t("nobody.piece")}>{t("nobody.piece_text")}</EmptyState>;
  if (query.kind === "code") return <EmptyState title={t("nobody.code", { code: query.code ?? "" })}>{t("nobody.code_text")}</EmptyState>;
  const turned = nameTurned(query.name ?? "");
  return (
    <EmptyState
      title={t("nobody.name", { name: query.name ?? "" })}
      action={turned !== null && <Button onClick={() => onTyped(turned)}>{t("nobody.turned", { name: turned })}</Button>}
    >
      {t("nobody.name_text")}
    </EmptyState>
  );
}

export function NoClients({ query, isListed, onTyped }: { query: Query | null; isListed: boolean; onTyped: (text: string) => void }) {
  const { t } = useTranslation("clients");
  if (query !== null) return <NobodyFound query={query} onTyped={onTyped} />;
  if (isListed) return <EmptyState title={t("empty.list")}>{t("empty.list_text")}</EmptyState>;
  return <NobodyYet />;
}
