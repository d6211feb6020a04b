// SPDX-License-Identifier: AGPL-3.0-or-later
// observe - what watches a page from inside; runs in the browser before anything of the page does.
//
// Must be one function without anything from outside: its text is sent to the browser.

export function observe(loadingLabels) {
  const name = (element) => {
    const text = element?.textContent?.trim().slice(0, 40) ?? '';
    return `${element?.localName ?? 'nothing'} "${text}"`;
  };

  /* --- what moves: sessions of shifts less than 1 s apart, 5 s long at most; the worst one counts */
  const sessions = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue;
      let session = sessions.at(-1);
      if (!session || entry.startTime - session.last > 1000 || entry.startTime - session.first > 5000) {
        session = { first: entry.startTime, score: 0, moved: [] };
        sessions.push(session);
      }
      session.last = entry.startTime;
      session.score += entry.value;
      session.moved.push(...entry.sources.map(({ node }) => name(node?.nodeType === 3 ? node.parentElement : node)));
    }
  }).observe({ type: 'layout-shift', buffered: true });

  /* --- when it can be used: a heading stands and nothing says that it is loading */
  const heading = () => document.querySelector('main h1');
  const isUsable = () => heading() !== null
    && ![...document.querySelectorAll('[role="status"]')].some((one) => loadingLabels.includes(one.getAttribute('aria-label')) && one.checkVisibility());

  /* After the frame that shows it. */
  const painted = (then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(null);
  });

  const titles = new Set();
  const states = new Set();
  let usable = false;
  let usableAt;
  let leaving;
  const changes = [];
  const look = () => {
    titles.add(document.title);
    states.add(JSON.stringify(history.state));
    const now = isUsable();
    if (now && !usable) painted((at) => { usableAt = at; });
    usable = now;
    const title = heading();
    if (leaving && title !== null && title.textContent !== leaving.title) {
      const { at, title: from } = leaving;
      leaving = undefined;
      painted((end) => changes.push({ from, to: title.textContent, ms: end - at }));
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  addEventListener('click', (event) => { leaving = { at: event.timeStamp, title: heading()?.textContent }; }, true);

  /* --- what is too wide, the innermost ones that stick out */
  const overflow = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const out = scrollWidth <= clientWidth ? []
      : [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > clientWidth + 1);
    const inner = out.filter((one) => !out.some((other) => other !== one && one.contains(other)));
    return { wide: scrollWidth, width: clientWidth, what: inner.slice(0, 5).map(name) };
  };

  globalThis.seen = {
    isUsable,
    usableAt: () => usableAt,
    changes: () => changes.splice(0),
    shift: () => sessions.reduce((worst, session) => (session.score > worst.score ? session : worst), { score: 0, moved: [] }),
    overflow,
    history: () => ({ titles: [...titles], states: [...states] }),
  };
}
