/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A combobox: the field keeps the focus, arrows walk the options below it, Enter goes to the marked one, Escape
 * clears and then leaves. */
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Input, { type InputRef } from "antd/es/input";
import { useId, useState, type KeyboardEvent, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";
import { neighbour } from "./neighbour";
import { SearchOptions } from "./SearchOptions";
import { useSearchOptions, type Option } from "./useSearchOptions";
import styles from "./Search.module.css";

interface SearchBoxProps {
  inputRef: RefObject<InputRef | null>;
  /* The search is over: something was chosen, or Escape pressed on the empty field. */
  onLeave: () => void;
}

export function SearchBox({ inputRef, onLeave }: SearchBoxProps) {
  const { t } = useTranslation("search");
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [markedKey, setMarkedKey] = useState<string | null>(null);
  const { groups, isLooking } = useSearchOptions(typed);
  const options = groups.flatMap((group) => group.options);
  const marked = options.find(({ key }) => key === markedKey) ?? options[0];
  const isShown = isOpen && typed.trim() !== "";

  const type = (text: string) => {
    setTyped(text);
    setMarkedKey(null);
    setOpen(true);
  };
  const choose = (option: Option) => {
    type("");
    setOpen(false);
    onLeave();
    option.before?.();
    // The page that is there already has taken what was handed over; a new visit would begin empty.
    if (pathname !== option.to) void navigate(option.to);
  };
  const keys: Partial<Record<string, () => void>> = {
    ArrowDown: () => setMarkedKey(neighbour(options, marked, 1)?.key ?? null),
    ArrowUp: () => setMarkedKey(neighbour(options, marked, -1)?.key ?? null),
    Enter: () => {
      if (marked !== undefined) choose(marked);
    },
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      if (typed === "") onLeave();
      else type("");
      return;
    }
    const act = keys[event.key];
    if (act === undefined || typed.trim() === "" || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (isShown) act();
    else setOpen(true);
  };

  return (
    <div role="search" aria-label={t("label")} className={styles.box} onBlur={({ currentTarget, relatedTarget }) => !currentTarget.contains(relatedTarget) && setOpen(false)}>
      <Input
        ref={inputRef}
        role="combobox"
        aria-label={t("label")}
        aria-expanded={isShown}
        aria-controls={`${id}-options`}
        aria-activedescendant={isShown && marked !== undefined ? `${id}-${marked.key}` : undefined}
        aria-autocomplete="list"
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        placeholder={t("placeholder")}
        prefix={<SearchOutlined aria-hidden />}
        suffix={
          <kbd className={styles.hint} aria-hidden>
            /
          </kbd>
        }
        value={typed}
        onChange={(event) => type(event.target.value)}
        onFocus={() => setOpen(true)}
        onKeyDown={press}
      />
      {isShown && <SearchOptions id={id} groups={groups} marked={marked} isLooking={isLooking} onMark={setMarkedKey} onChoose={choose} />}
      <p role="status" className="visually-hidden">
        {isShown && (isLooking ? t("looking") : options.length === 0 ? t("nothing") : t("count", { count: options.length }))}
      </p>
    </div>
  );
}
