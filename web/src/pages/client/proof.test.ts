/* SPDX-License-Identifier: AGPL-3.0-or-later */
import { expect, test } from "vitest";
import { proofProblem, proofType } from "./proof";

test("a proof is known by its ending", () => {
  expect(proofType("Скан 12.PDF")).toBe("application/pdf");
  expect(proofType("a.b.jpeg")).toBe("image/jpeg");
  expect(proofType("page.html")).toBe(null);
  expect(proofType("pdf")).toBe(null);
});

test("what cannot be kept is said before it is sent", () => {
  expect(proofProblem({ name: "a.pdf", size: 10 })).toBe(null);
  expect(proofProblem({ name: "a.exe", size: 10 })).toBe("kind");
  expect(proofProblem({ name: "a.pdf", size: 0 })).toBe("empty");
  expect(proofProblem({ name: "a.pdf", size: 5 * 1024 * 1024 + 1 })).toBe("size");
});
