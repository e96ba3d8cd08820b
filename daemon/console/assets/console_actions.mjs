// Who is logged in, and what they decide: a button asks first, in a dialog that keeps what was typed
// until the server has said yes. What a role may do is the server's answer, not the page's.

import { knows, say } from './console_words.mjs';

const at = (id) => document.getElementById(id);

// Which fields a decision asks for.
const kFields = {
  hold: ['reason'], cancel: ['reason'], withdraw: ['reason'], waive: ['reason'], pause: ['reason'],
  deny: ['reason'], release_source: ['reason'], record: ['url', 'at'], approve: [], release: [], retry: [], resume: [],
};

let me = { users: false, may: [] };
let isStale = false;
let lastTouch = Date.now();
for (const event of ['pointerdown', 'keydown'])
  document.addEventListener(event, () => { lastTouch = Date.now(); }, { passive: true, capture: true });

// Whether a person asks, or the page by itself: that keeps nobody logged in.
export const personHeader = () => (me.users && Date.now() - lastTouch < 60_000 ? { 'X-Person': 'yes' } : {});

export const may = (action) => me.may.includes(action);

// The session is over. What somebody is typing stays until it is decided.
export function leave() {
  if (!at('act').open) location.replace('/login');
}

export function showMe(answer) {
  me = answer;
  at('me').hidden = !me.users;
  at('me_name').textContent = me.users ? `${me.name} · ${say(`role_${me.role}`)}` : '';
}

async function ownSession() {
  const reply = await fetch('/api/v1/session', { cache: 'no-store', headers: personHeader() });
  if (reply.ok) showMe(await reply.json());
}

async function post(path, body) {
  if (isStale) await ownSession();
  const reply = await fetch(`/api/v1/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(30_000),
  });
  const answer = await reply.json();
  // Somebody may have logged in again in another tab.
  isStale = reply.status === 401 || answer.type === 'urn:liandong:problem:csrf';
  return { ok: reply.ok, answer };
}

// --- the dialog ---

let asked = null;

function showFaults(answer) {
  const kind = (answer.type ?? '').split(':').pop();
  let first = null;
  for (const fault of answer.errors ?? []) {
    const line = at(`act_${fault.pointer.slice(2)}_fault`);
    if (!line) continue;
    line.textContent = knows(`field_${fault.kind}`) ? say(`field_${fault.kind}`) : fault.detail;
    line.hidden = false;
    first ??= at(`act_${fault.pointer.slice(2)}`);
    at(`act_${fault.pointer.slice(2)}`).setAttribute('aria-invalid', 'true');
  }
  first?.focus();
  if (first) return;
  const words = knows(`problem_${kind}`) ? say(`problem_${kind}`) : '';
  at('act_fault').textContent = words && kind !== 'not-possible' ? words : words + (answer.detail ?? '');
  at('act_fault').hidden = false;
}

function clearFaults() {
  for (const line of at('act').querySelectorAll('.fault')) line.hidden = true;
  for (const input of at('act').querySelectorAll('[aria-invalid]')) input.removeAttribute('aria-invalid');
}

// Characters that make text look like other text stand there by their names.
const visible = (text) => text.replace(/[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g,
  (sign) => `⟦U+${sign.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟧`);

// Whoever approves has the exact text before his eyes, and approves its hash.
async function textToApprove(path) {
  const reply = await fetch(`/api/v1/${path.replace(/\/approve$/, '')}`, { cache: 'no-store', headers: personHeader() });
  if (!reply.ok) throw new Error(reply.statusText);
  const { text, shown } = await reply.json();
  const parts = [shown.title, shown.text || shown.html, ...shown.pictures.map((picture) => picture.url), shown.link,
    ...Object.entries(shown.fields).map(([name, value]) => `${name}: ${value}`)];
  return { text, words: parts.filter(Boolean).map(visible).join('\n\n') };
}

// Asks, and calls `done` when it was done. `more`: what the server wants to know beside the fields.
async function ask(action, what, path, more, done) {
  asked = { action, path, more, done };
  at('act_text').hidden = action !== 'approve';
  if (action === 'approve') {
    const { text, words } = await textToApprove(path);
    asked.more = { ...more, text };
    at('act_text').textContent = words;
  }
  at('act_title').textContent = say(`act_${action}`);
  at('act_what').textContent = what;
  at('act_words').textContent = say(`ask_${action}`);
  clearFaults();
  for (const field of ['reason', 'url', 'at']) {
    at(`act_${field}`).value = '';
    at(`act_${field}_row`).hidden = !kFields[action].includes(field);
  }
  at('act').showModal();
  (kFields[action].length > 0 ? at(`act_${kFields[action][0]}`) : at('act_yes')).focus();
}

async function carryOut() {
  const body = { ...asked.more };
  for (const field of kFields[asked.action]) body[field] = at(`act_${field}`).value;
  clearFaults();
  at('act_yes').disabled = true;
  try {
    const { ok, answer } = await post(asked.path, body);
    if (!ok) {
      showFaults(answer);
      return;
    }
    at('act').close();
    await asked.done();
  } catch {
    at('act_fault').textContent = say('live_off');
    at('act_fault').hidden = false;
  } finally {
    at('act_yes').disabled = false;
  }
}

// Buttons for those of `actions` that the role has. `path(action)` is where to send it.
export function actionButtons(actions, what, path, done, more = {}) {
  return actions.filter(may).map((action) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'button small';
    button.dataset.action = action;
    button.textContent = say(`act_${action}`);
    button.addEventListener('click', () => ask(action, what, path(action), more, done).catch(() => { button.title = say('live_off'); }));
    return button;
  });
}

// Somebody who reads or types is there, though nothing is asked of the server.
setInterval(() => { if (personHeader()['X-Person']) ownSession().catch(() => {}); }, 55_000);

at('act_form').addEventListener('submit', (event) => {
  event.preventDefault();
  carryOut();
});
at('act_no').addEventListener('click', () => at('act').close());
at('log_out').addEventListener('click', async () => {
  await post('session/end', {}).catch(() => {});
  leave();
});
