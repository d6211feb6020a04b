/* SPDX-License-Identifier: AGPL-3.0-or-later */
import type { MouseEvent, ReactNode } from "react";
import { Link } from "react-router";
import { preload } from "@/shared/lib/preload";

interface PageLinkProps {
  to: string;
  className?: string;
  children: ReactNode;
  "aria-label"?: string;
  onClick?: (event: MouseEvent) => void;
}

/* A link to another page, whose code is fetched as soon as the pointer or the keyboard is near. */
export function PageLink({ to, ...rest }: PageLinkProps) {
  const near = () => preload(to);
  return <Link to={to} onPointerEnter={near} onFocus={near} {...rest} />;
}
