/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* What happened, what is kept, what to do. */
import Alert from "antd/es/alert";
import Button from "antd/es/button";
import { useTranslation } from "react-i18next";
import { asProblem, type ApiProblem } from "@/api/problem";
import styles from "./ErrorView.module.css";

type Known = "offline" | "broken" | "not_found" | "forbidden" | "unexpected";

function knownKind(problem: ApiProblem): Known {
  if (problem.kind === "offline" || problem.kind === "broken") return problem.kind;
  if (problem.status === 404) return "not_found";
  if (problem.status === 403) return "forbidden";
  return "unexpected";
}

/* How many of the wrong places are named before "and N more". */
const errorsShown = 5;

function Places({ problem }: { problem: ApiProblem }) {
  const { t } = useTranslation();
  if (problem.errors.length === 0) return null;
  const more = problem.errors.length - errorsShown;
  return (
    <ul className={styles.places}>
      {problem.errors.slice(0, errorsShown).map((error, i) => (
        <li key={i}>
          {error.line !== undefined && <>{t("error.line", { line: error.line })}: </>}
          {error.found !== "" && <>{t("error.found", { found: error.found })} — </>}
          {error.expected}
        </li>
      ))}
      {more > 0 && <li>{t("error.more", { count: more })}</li>}
    </ul>
  );
}

export function useProblemText(): (error: unknown) => { title: string; detail: string } {
  const { t } = useTranslation();
  return (error) => {
    const problem = asProblem(error);
    const known = knownKind(problem);
    return {
      title: problem.title === "" ? t(`error.${known}_title`) : problem.title,
      detail: problem.detail === "" ? t(`error.${known}_kept`) : problem.detail,
    };
  };
}

/* `inline` stands within a form or a panel; otherwise it takes the place of the page's content. */
export function ErrorView({ error, onAgain, inline = false }: { error: unknown; onAgain?: (() => void) | undefined; inline?: boolean }) {
  const { t } = useTranslation();
  const problem = asProblem(error);
  const { title, detail } = useProblemText()(error);
  const again = onAgain !== undefined && (
    <Button onClick={onAgain} size={inline ? "small" : "medium"}>
      {t("actions.again")}
    </Button>
  );
  if (inline) {
    return (
      <Alert
        type="error"
        showIcon
        role="alert"
        title={title}
        description={
          <>
            {detail}
            <Places problem={problem} />
          </>
        }
        action={again === false ? null : again}
      />
    );
  }
  return (
    <div className={styles.view} role="alert">
      <h1 className={styles.title}>{title}</h1>
      <p className={styles.detail}>{detail}</p>
      <Places problem={problem} />
      <div className={styles.actions}>
        {again}
        {(problem.status === 404 || problem.status === 403) && <Button href="/">{t("error.to_start")}</Button>}
      </div>
    </div>
  );
}
