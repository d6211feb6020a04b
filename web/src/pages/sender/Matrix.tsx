/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Which operator knows the name over which account: a table, or a card an operator on a phone. */
import Button from "antd/es/button";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { SenderDetail } from "@/api/types";
import { RegistrationSign, RegistrationTag } from "@/features/sender-words/RegistrationTag";
import { standingOf } from "@/features/sender-words/standing";
import { useRight } from "@/shared/hooks/useMe";
import { useWidth } from "@/shared/hooks/useWidth";
import type { Asked } from "./RegistrationDialog";
import { isBroader, shownFirst, speaking, type Account, type Operator } from "./speaking";
import styles from "./Sender.module.css";

interface Props {
  sender: SenderDetail;
  onAsk: (asked: Asked) => void;
}

function useOperatorWord() {
  const { t } = useTranslation("sender");
  return (operator: Operator) => operator?.name ?? t("every_operator");
}

interface CellProps extends Props {
  account: Account;
  operator: Operator;
}

function Said({ sender, account, operator }: Omit<CellProps, "onAsk">) {
  const { t } = useTranslation("sender");
  const code = operator?.code ?? null;
  const registration = speaking(sender.registrations, account, code);
  if (registration === undefined) return <span className={styles.quiet}>{t("not_registered")}</span>;
  if (!isBroader(registration, code)) return <RegistrationTag standing={standingOf(registration)} />;
  return (
    <span className={styles.inherited}>
      <RegistrationSign standing={standingOf(registration)} />
      <span className={styles.as}>{t("as_others")}</span>
    </span>
  );
}

function Cell({ sender, account, operator, onAsk }: CellProps) {
  const { t } = useTranslation("sender");
  const mayEdit = useRight("senders.edit");
  const word = useOperatorWord();
  const code = operator?.code ?? null;
  const said = <Said sender={sender} account={account} operator={operator} />;
  if (!mayEdit) return said;
  return (
    <button
      type="button"
      className={styles.cell}
      onClick={() => onAsk({ through: `a:${account.name}`, operator: code, registration: speaking(sender.registrations, account, code) })}
    >
      <span className="visually-hidden">{t("ask", { operator: word(operator), account: account.name })} </span>
      {said}
    </button>
  );
}

type RowsProps = Props & { rows: readonly Operator[] };

function Table({ sender, rows, onAsk }: RowsProps) {
  const { t } = useTranslation("sender");
  const word = useOperatorWord();
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls has to be reached by the keyboard
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={t("matrix.title")}>
      <table className={styles.matrix}>
        <thead>
          <tr>
            <th scope="col">{t("matrix.operator")}</th>
            {sender.accounts.map(({ name, provider, provider_title: title, enabled }) => (
              <th key={name} scope="col">
                {name}
                <span className={styles.provider}>{enabled ? (title === "" ? provider : title) : t("account_off")}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((operator) => (
            <tr key={operator?.code ?? ""}>
              <th scope="row">{word(operator)}</th>
              {sender.accounts.map((account) => (
                <td key={account.name}>
                  <Cell sender={sender} account={account} operator={operator} onAsk={onAsk} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ sender, rows, onAsk }: RowsProps) {
  const { t } = useTranslation("sender");
  const word = useOperatorWord();
  return (
    <ul className={styles.cards} aria-label={t("matrix.title")}>
      {rows.map((operator) => (
        <li key={operator?.code ?? ""} className={styles.card}>
          <h3 className={styles.cardTitle}>{word(operator)}</h3>
          <dl className={styles.lines}>
            {sender.accounts.map((account) => (
              <div key={account.name} className={styles.line}>
                <dt>{account.name}</dt>
                <dd>
                  <Cell sender={sender} account={account} operator={operator} onAsk={onAsk} />
                </dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  );
}

/* Small operators of which nothing is said by themselves wait behind a button. */
export function Matrix(props: Props) {
  const { t } = useTranslation("sender");
  const isPhone = useWidth() === "phone";
  const [showsAll, setShowsAll] = useState(false);
  const first = shownFirst(props.sender);
  const others = props.sender.operators.filter((operator) => !first.includes(operator));
  const rows: readonly Operator[] = [null, ...(showsAll ? props.sender.operators : first)];
  return (
    <div className={styles.stack}>
      {isPhone ? <Cards {...props} rows={rows} /> : <Table {...props} rows={rows} />}
      {!showsAll && others.length > 0 && (
        <div className={styles.others}>
          <Button size="small" onClick={() => setShowsAll(true)}>
            {t("matrix.others", { count: others.length })}
          </Button>
          <span className={styles.quiet}>{others.map(({ name }) => name).join(", ")}</span>
        </div>
      )}
    </div>
  );
}
