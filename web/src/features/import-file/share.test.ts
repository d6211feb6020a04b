/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { secondsToSend, shareDone, storingSeconds } from "./share";

const upload = { sent: 0, since: 0, rows: 1_000_000, file: { size: 100 } };

test("sending fills the greater part of the bar, byte by byte", () => {
  expect(shareDone({ ...upload, phase: "queued" }, 0)).toBe(0);
  expect(shareDone({ ...upload, phase: "sending", sent: 50 }, 0)).toBeCloseTo(0.3);
  expect(shareDone({ ...upload, phase: "sending", sent: 100 }, 0)).toBeCloseTo(0.6);
});

test("storing comes closer to the end by time and never reaches it", () => {
  const at = (s: number) => shareDone({ ...upload, phase: "storing", sent: 100 }, s * 1000);
  expect(at(0)).toBeCloseTo(0.6);
  expect(at(5)).toBeGreaterThan(at(1));
  expect(at(storingSeconds(upload.rows))).toBeGreaterThan(0.8);
  expect(at(200)).toBeLessThan(1);
  expect(shareDone({ ...upload, phase: "over" }, 0)).toBe(1);
});

test("a clock that went back does not take the bar back below what was sent", () => {
  expect(shareDone({ ...upload, phase: "storing", sent: 100, since: 10_000 }, 0)).toBeCloseTo(0.6);
});

test("the time left is told once the rate is known", () => {
  expect(secondsToSend({ ...upload, phase: "sending", sent: 10 }, 1000)).toBeNull();
  expect(secondsToSend({ ...upload, phase: "sending", sent: 0 }, 5000)).toBeNull();
  expect(secondsToSend({ ...upload, phase: "sending", sent: 20 }, 5000)).toBe(20);
  expect(secondsToSend({ ...upload, phase: "storing", sent: 100 }, 5000)).toBeNull();
});
