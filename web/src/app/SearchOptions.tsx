/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { useTranslation } from "react-i18next";
import { preload } from "@/shared/lib/preload";
import type { Option, OptionGroup } from "./useSearchOptions";
import styles from "./Search.module.css";

interface OptionLinkProps {
  id: string;
  option: Option;
  isMarked: boolean;
  onMark: () => void;
  onChoose: () => void;
}

/* A link, so that it opens in a new tab when asked to. It never takes the focus from the field. */
function OptionLink({ id, option, isMarked, onMark, onChoose }: OptionLinkProps) {
  return (
    <a
      id={id}
      role="option"
      aria-selected={isMarked}
      tabIndex={-1}
      href={option.to}
      className={styles.option}
      ref={(link) => {
        if (isMarked) link?.scrollIntoView({ block: "nearest" });
      }}
      onPointerMove={() => {
        onMark();
        preload(option.to);
      }}
      onMouseDown={(event) => event.preventDefault()}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onChoose();
      }}
    >
      <span className={styles.optionLabel}>{option.label}</span>
      {option.note !== undefined && <span className={styles.optionNote}>{option.note}</span>}
    </a>
  );
}

interface SearchOptionsProps {
  /* Ids of the options begin with it. */
  id: string;
  groups: readonly OptionGroup[];
  marked: Option | undefined;
  isLooking: boolean;
  onMark: (key: string) => void;
  onChoose: (option: Option) => void;
}

export function SearchOptions({ id, groups, marked, isLooking, onMark, onChoose }: SearchOptionsProps) {
  const { t } = useTranslation("search");
  return (
    <div className={styles.popup}>
      {groups.length === 0 && <p className={styles.nothing}>{isLooking ? t("looking") : t("nothing")}</p>}
      <div id={`${id}-options`} role="listbox" aria-label={t("results")}>
        {groups.map((group) => (
          <div key={group.name} role="group" aria-labelledby={`${id}-group-${group.name}`} className={styles.group}>
            <div id={`${id}-group-${group.name}`} className={styles.groupName}>
              {t(`group.${group.name}`)}
            </div>
            {group.options.map((option) => (
              <OptionLink
                key={option.key}
                id={`${id}-${option.key}`}
                option={option}
                isMarked={option === marked}
                onMark={() => onMark(option.key)}
                onChoose={() => onChoose(option)}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}
