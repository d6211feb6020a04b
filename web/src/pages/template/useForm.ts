/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* A template as it is being edited, and why it cannot be saved yet. */
import { useState } from "react";
import { useKnownNames } from "@/features/message-text/queries";
import { senderFits } from "@/features/message-text/sender";
import { problemOf, scan } from "@/features/message-text/template";
import type { Template, Wanted } from "./queries";

export type Values = Pick<Template, "name" | "category" | "sender" | "text" | "spelling">;
export type Obstacle = "no_text" | "text_wrong" | "no_name" | "sender_wrong" | "nothing";

const empty: Values = { name: "", category: "advertising", sender: "", text: "", spelling: "as_is" };

export function obstacleTo(values: Values, isChanged: boolean, known: ReadonlySet<string> | undefined): Obstacle | null {
  if (values.text.trim() === "") return "no_text";
  if (problemOf(scan(values.text), known) !== null) return "text_wrong";
  if (values.name.trim() === "") return "no_name";
  if (values.sender !== "" && !senderFits(values.sender)) return "sender_wrong";
  return isChanged ? null : "nothing";
}

export interface Form {
  values: Values;
  change: (more: Partial<Values>) => void;
  /* As the server takes it. */
  wanted: Wanted;
  isChanged: boolean;
  obstacle: Obstacle | null;
}

export function useForm(stored: Values | null): Form {
  const known = useKnownNames();
  const [values, setValues] = useState<Values>(() => {
    const { name, category, sender, text, spelling } = stored ?? empty;
    return { name, category, sender, text, spelling };
  });
  const was = stored ?? empty;
  const isChanged = values.name.trim() !== was.name || values.category !== was.category || values.sender !== was.sender || values.text !== was.text || values.spelling !== was.spelling;
  return {
    values,
    change: (more) => setValues((before) => ({ ...before, ...more })),
    wanted: { ...values, name: values.name.trim() },
    isChanged,
    obstacle: obstacleTo(values, isChanged, known),
  };
}
