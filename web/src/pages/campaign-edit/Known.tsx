/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which operators of the recipients know the sender and the text, and what follows where they do not. */
import CheckCircleOutlined from "@ant-design/icons/es/icons/CheckCircleOutlined";
import WarningOutlined from "@ant-design/icons/es/icons/WarningOutlined";
import { useTranslation } from "react-i18next";
import { Panel, Section } from "@/shared/ui/Page";
import { Percent } from "@/shared/ui/values";
import type { Check } from "./queries";
import styles from "./CheckStep.module.css";

type Operator = Check["known"][number];
type Way = Operator["ways"][number];

function WayLine({ way, isOnly }: { way: Way; isOnly: boolean }) {
  const { t } = useTranslation("campaign-edit");
  const isGood = way.sender_registered && (way.text === "known" || way.text === "not_asked");
  return (
    <li className={styles.way}>
      {isGood ? <CheckCircleOutlined aria-hidden className={styles.good ?? ""} /> : <WarningOutlined aria-hidden className={styles.doubtful ?? ""} />}
      <span>
        {way.message}
        {!isOnly && <span className={styles.through}> {t("check.through", { count: way.accounts.length, accounts: way.accounts.join(", ") })}</span>}
      </span>
    </li>
  );
}

export function Known({ check }: { check: Check }) {
  const { t } = useTranslation("campaign-edit");
  const all = check.known.reduce((sum, { looked_at }) => sum + looked_at, 0);
  if (all === 0) return null;
  return (
    <Section title={t("check.known")} extra={<span className={styles.note}>{t("check.known_note")}</span>}>
      <Panel>
        <ul className={styles.known}>
          {check.known.map(({ operator, operator_name: name, looked_at, ways }) => (
            <li key={operator ?? ""}>
              <p className={styles.knownHead}>
                <span>{name ?? t("check.operator_unknown")}</span>
                <span>
                  ≈ <Percent value={looked_at / all} />
                </span>
              </p>
              <ul className={styles.ways}>
                {ways.map((way) => (
                  <WayLine key={way.accounts.join()} way={way} isOnly={ways.length === 1} />
                ))}
              </ul>
            </li>
          ))}
        </ul>
      </Panel>
    </Section>
  );
}
