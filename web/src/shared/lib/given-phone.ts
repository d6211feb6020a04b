/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Hands a number typed in a search box to the page of messages. It stands in memory alone: neither in the
 * address nor in the browser's history, which `navigate`'s state would be. */
type Taker = (phone: string) => void;

let waiting: string | null = null;
let taker: Taker | null = null;

/* Call before navigating to /messages. */
export function givePhone(phone: string): void {
  if (taker !== null) taker(phone);
  else waiting = phone;
}

/* Takes the waiting number and every later one, until the returned function is called. */
export function takePhones(take: Taker): () => void {
  taker = take;
  if (waiting !== null) take(waiting);
  waiting = null;
  return () => {
    if (taker === take) taker = null;
  };
}
