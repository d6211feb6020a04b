/* SPDX-License-Identifier: AGPL-3.0-or-later */
/* Hands what was typed in one place to the page that answers. It stands in memory alone: neither in the
 * address nor in the browser's history, which `navigate`'s state would be. */
type Taker = (text: string) => void;

interface HandOver {
  /* Call before navigating to the page. */
  give: Taker;
  /* Takes what waits and whatever comes later, until the returned function is called. */
  take: (take: Taker) => () => void;
}

export function handOver(): HandOver {
  let waiting: string | null = null;
  let taker: Taker | null = null;
  return {
    give: (text) => {
      if (taker !== null) taker(text);
      else waiting = text;
    },
    take: (take) => {
      taker = take;
      if (waiting !== null) take(waiting);
      waiting = null;
      return () => {
        if (taker === take) taker = null;
      };
    },
  };
}
