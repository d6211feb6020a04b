/* SPDX-License-Identifier: AGPL-3.0-or-later */
import Button, { type ButtonProps } from "antd/es/button";
import { useNavigate } from "react-router";
import { preload } from "@/shared/lib/preload";

/* A link that looks like a button: opens in a new tab when asked to, changes the page otherwise. */
export function ButtonLink({ to, ...rest }: { to: string } & Omit<ButtonProps, "href" | "onClick">) {
  const navigate = useNavigate();
  const near = () => preload(to);
  return (
    <Button
      {...rest}
      href={to}
      onPointerEnter={near}
      onFocus={near}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        void navigate(to);
      }}
    />
  );
}
