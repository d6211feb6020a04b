/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import type { MessageEvent } from "@/api/types";
import { isExplained, partsOf, ranges, stepsOf, toldAs, type StepKey } from "./history";
import words from "./ru.json";

const at = (second: number) => `2026-11-22T10:00:${String(second).padStart(2, "0")}.000Z`;
const now = Date.parse("2026-11-22T12:00:00.000Z");

test("steps go by time; of the same time the cause comes first", () => {
  const history: MessageEvent[] = [
    { at: at(3), event: "receipt", part: 1, receipt: "delivered" },
    { at: at(1), event: "accepted", part: 1, attempt: 1 },
    { at: at(1), event: "claimed", attempt: 1 },
    { at: at(0), event: "created" },
  ];
  expect(stepsOf(history).map(({ events }) => events[0].event)).toEqual(["created", "claimed", "accepted", "receipt"]);
});

test("what all parts went through is one step", () => {
  const accepted = (part: number): MessageEvent => ({ at: at(part), event: "accepted", part, attempt: 1, account: "main", provider_id: `${part}` });
  const [step, ...more] = stepsOf([accepted(2), accepted(1), accepted(3)]);
  expect(more).toEqual([]);
  expect(step?.events.map(({ part }) => part)).toEqual([1, 2, 3]);
  expect(step?.at).toBe(at(1));
});

test("another answer, account or attempt is another step", () => {
  const refused: MessageEvent = { at: at(1), event: "refused", part: 1, attempt: 1, account: "main", status: "ESME_RTHROTTLED" };
  const others: MessageEvent[] = [
    { ...refused, at: at(2), status: "ESME_RMSGQFUL" },
    { ...refused, at: at(3), account: "second", status: "ESME_RMSGQFUL" },
    { ...refused, at: at(4), account: "second", status: "ESME_RMSGQFUL", attempt: 2 },
  ];
  expect(stepsOf([refused, ...others])).toHaveLength(4);
});

test("two attempts are never one step", () => {
  const claimed: MessageEvent = { at: at(1), event: "claimed", attempt: 1, account: "main" };
  expect(stepsOf([claimed, { ...claimed, at: at(2) }])).toHaveLength(2);
});

test("numbers of parts are told as ranges", () => {
  expect(ranges([3, 1, 2, 5, 2])).toBe("1–3, 5");
  expect(ranges([])).toBe("");
});

test("parts are named only when others are missing", () => {
  const step = (...parts: number[]) => {
    const events = parts.map((part): MessageEvent => ({ at: at(1), event: "accepted", part }));
    const [first] = stepsOf(events);
    if (first === undefined) throw new Error("no step");
    return first;
  };
  expect(partsOf(step(1), 1)).toBeNull();
  expect(partsOf(step(0), 3)).toBeNull();
  expect(partsOf(step(1, 2, 3), 3)).toBeNull();
  expect(partsOf(step(1, 2), 3)).toEqual({ count: 2, numbers: "1–2" });
});

const told = (event: MessageEvent, isOfCampaign = false) => toldAs({ at: event.at, events: [event] }, { isOfCampaign, now });

test.each<[MessageEvent, StepKey]>([
  [{ at: at(0), event: "created" }, "created"],
  [{ at: at(0), event: "claimed", attempt: 1 }, "claimed"],
  [{ at: at(0), event: "claimed", attempt: 2 }, "claimed_again"],
  [{ at: at(0), event: "accepted" }, "accepted"],
  [{ at: at(0), event: "refused", status: "ESME_RINVDSTADR" }, "refused"],
  [{ at: at(0), event: "in_doubt", outcome: "open" }, "in_doubt_open"],
  [{ at: at(0), event: "in_doubt", outcome: "sent_again" }, "in_doubt_sent_again"],
  [{ at: at(0), event: "in_doubt", outcome: "settled" }, "in_doubt_settled"],
  [{ at: at(0), event: "receipt", receipt: "delivered" }, "receipt_delivered"],
  [{ at: at(0), event: "receipt", receipt: "accepted" }, "receipt_accepted"],
  [{ at: at(0), event: "receipt", receipt: "unknown" }, "receipt_unknown"],
  [{ at: at(0), event: "receipt", receipt: "something new" }, "receipt_unknown"],
  [{ at: at(0), event: "retry_due" }, "retry_due"],
  [{ at: "2026-11-22T13:00:00.000Z", event: "retry_due" }, "retry_planned"],
  [{ at: at(0), event: "suppressed" }, "suppressed"],
])("%o is told as %s", (event, key) => {
  expect(told(event).key).toBe(key);
});

test("a message of a campaign was made for it", () => {
  expect(told({ at: at(0), event: "created" }, true).key).toBe("created_for");
});

test("a doubt is explained, and nothing else is", () => {
  const keys = Object.keys(words.step) as StepKey[];
  expect(keys.filter(isExplained)).toEqual(Object.keys(words.explained));
});
