// What of a page's Chinese is not Chinese, for the tests that read the pages.

// An address, a command, a key of the configuration, the code of an answer, who an entry of the ledger names.
// What stands in a <code> is as it stands, too.
const kAsTyped = [/\bhttp-\d{3}\b/g, /\{"[^]*\}/g, /https?:\/\/[^\s，。；）]+/g, /`[^`]*`/g, /liandong( [a-z-]+| --[a-z]+)+/g, /(user|token|system|operator):[\w:-]+/g, /127\.0\.0\.1\S*/g];

// What somebody reads there: visible texts, placeholders and labels.
export async function foreignWordsOf(of, names) {
  const texts = await of.evaluate(() => {
    const seen = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const holder = walk.currentNode.parentElement;
      if (holder.closest('script, style, code') || !holder.checkVisibility()) continue;
      seen.push(walk.currentNode.textContent);
    }
    for (const element of document.querySelectorAll('[placeholder], [aria-label]')) {
      if (element.checkVisibility()) seen.push(element.placeholder ?? '', element.getAttribute('aria-label') ?? '');
    }
    return seen;
  });
  const foreign = new Set();
  for (const text of texts) {
    const rest = kAsTyped.reduce((words, form) => words.replace(form, ' '), text);
    for (const [word] of rest.matchAll(/[A-Za-z]{2,}/g)) if (!names.includes(word)) foreign.add(`${word} — ${text.trim().slice(0, 120)}`);
  }
  return [...foreign];
}
