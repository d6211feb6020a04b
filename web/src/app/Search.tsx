/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* The search of everything: "/" from anywhere. What is typed stands in memory alone. */
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import Button from "antd/es/button";
import type { InputRef } from "antd/es/input";
import { useEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { useWidth } from "@/shared/hooks/useWidth";
import { SearchBox } from "./SearchBox";
import styles from "./Search.module.css";

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest("input, textarea, select, [role=dialog]") !== null);
}

/* On a Russian keyboard the key gives a full stop. */
function isSlash({ key, code, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return (key === "/" || (code === "Slash" && key === ".")) && !ctrlKey && !metaKey && !altKey;
}

function useSlash(begin: () => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (!isSlash(event) || isTyping(event.target)) return;
      event.preventDefault();
      begin();
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [begin]);
}

function WideSearch() {
  const input = useRef<InputRef>(null);
  const [begin] = useState(() => () => input.current?.focus({ cursor: "all" }));
  useSlash(begin);
  return (
    <div className={styles.wide}>
      <SearchBox inputRef={input} onLeave={() => input.current?.blur()} />
    </div>
  );
}

/* A sign that opens the field over the whole header. */
function PhoneSearch() {
  const { t } = useTranslation("search");
  const [isOpen, setOpen] = useState(false);
  const input = useRef<InputRef>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const [begin] = useState(() => () => setOpen(true));
  useSlash(begin);
  useEffect(() => {
    if (isOpen) input.current?.focus();
  }, [isOpen]);
  const close = () => {
    // The sign has to be there before it can take the focus back.
    flushSync(() => setOpen(false));
    opener.current?.focus();
  };
  if (!isOpen) {
    return <Button ref={opener} type="text" size="large" icon={<SearchOutlined />} aria-label={t("open")} aria-expanded={false} onClick={begin} className={styles.open ?? ""} />;
  }
  return (
    <div className={styles.over}>
      <SearchBox inputRef={input} onLeave={close} />
      <Button type="text" size="large" icon={<CloseOutlined />} aria-label={t("close")} onClick={close} />
    </div>
  );
}

export function Search() {
  return useWidth() === "phone" ? <PhoneSearch /> : <WideSearch />;
}
