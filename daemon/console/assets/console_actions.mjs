// Who is logged in, and what they decide: a button asks first, in a dialog that keeps what was typed
// until the server has said yes. What a role may do is the server's answer, not the page's.

import { at, fillSelect, make, titleOf } from './console_page.mjs';
import { knows, offerLanguages, say, showWordsOf, told } from './console_words.mjs';

// Which fields a decision asks for.
const kFields = {
  hold: ['reason'], cancel: ['reason'], withdraw: ['reason'], waive: ['reason'], pause: ['reason'],
  deny: ['reason'], urgent: ['reason'], accept: ['reason'], release_source: ['reason'], record: ['url', 'at'], resume: ['reason'],
  approve: ['note'], release: ['note'], retry: ['note'],
  renew_codes: ['code'], invite: ['name', 'role', 'organisation'], change_role: ['role'], reset_user: [], disable_user: [], log_out_user: [],
  make_token: ['name', 'token_role', 'organisation', 'days', 'addresses'], revoke_token: [],
  approve_screen: [], revoke_screen: [], group_screen: ['group'], end_emergency: [], unpin: [], verify_ledger: [],
  show_emergency: ['message_title', 'message_text', 'group', 'minutes'], pin: ['pin_days'],
};

// How each is asked; `name` is the member it is sent as, where that is another.
const kNumber = { inputmode: 'numeric', maxlength: 5, autocomplete: 'off' };
const roles = (...names) => names.map((name) => [name, `role_${name}`]);
const kInputs = {
  reason: { tag: 'textarea', say: 'reason', rows: 3, maxlength: 500 },
  note: { tag: 'textarea', say: 'note', name: 'reason', rows: 2, maxlength: 500 },
  url: { say: 'posted_url', type: 'url', maxlength: 1000, autocomplete: 'off' },
  at: { say: 'posted_at', maxlength: 40, autocomplete: 'off' },
  name: { say: 'its_name', maxlength: 40, autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' },
  role: { tag: 'select', say: 'role', options: roles('viewer', 'operator', 'auditor', 'admin') },
  token_role: { tag: 'select', say: 'role', name: 'role', options: roles('viewer', 'operator', 'auditor') },
  organisation: { tag: 'select', say: 'organisation' },
  days: { say: 'days', value: 365, ...kNumber },
  addresses: { say: 'addresses', maxlength: 1000, autocomplete: 'off', spellcheck: 'false' },
  pin_days: { say: 'days', name: 'days', value: 3, ...kNumber },
  code: { say: 'code', inputmode: 'numeric', maxlength: 10, autocomplete: 'one-time-code' },
  message_title: { say: 'message_title', name: 'title', maxlength: 40, autocomplete: 'off' },
  message_text: { tag: 'textarea', say: 'message_text', name: 'text', rows: 3, maxlength: 200 },
  group: { tag: 'select', say: 'screen_group', options: [['', 'all_screens']] },
  minutes: { say: 'minutes', value: 60, ...kNumber },
};
export const inputOf = (field) => at(`act_${field}`);
const memberOf = (field) => inputOf(field).name || field;

function fieldRow(field) {
  const { tag = 'input', say: word, options = [], ...attributes } = kInputs[field];
  return make('div', { id: `act_${field}_row`, data_field: field }, make('label', { for: `act_${field}`, data_say: word }),
    make(tag, { id: `act_${field}`, ...attributes }, ...options.map(([value, name]) => make('option', { value, data_say: name }))),
    make('p', { class: 'fault', id: `act_${field}_fault`, hidden: true }));
}

document.body.append(
  make('dialog', { id: 'act', 'aria-labelledby': 'act_title' }, make('form', { id: 'act_form', novalidate: true },
    make('h2', { id: 'act_title' }), make('p', { id: 'act_what' }), make('p', { id: 'act_words' }),
    make('pre', { id: 'act_text', tabindex: 0, hidden: true }),
    ...Object.keys(kInputs).map(fieldRow),
    make('p', { class: 'fault', id: 'act_fault', role: 'alert', hidden: true }),
    make('p', { class: 'choice' }, make('button', { type: 'button', class: 'button', id: 'act_no', data_say: 'leave_it' }),
      make('button', { class: 'button main', id: 'act_yes', data_say: 'do_it' })))),
  make('dialog', { id: 'once', 'aria-labelledby': 'once_title' },
    make('h2', { id: 'once_title' }), make('p', { id: 'once_words' }), make('pre', { id: 'once_lines', tabindex: 0 }),
    make('p', { class: 'choice' }, make('button', { type: 'button', class: 'button main', id: 'once_close', data_say: 'noted' }))));

let me = { users: false, may: [] };
let isStale = false;
let lastTouch = Date.now();
for (const event of ['pointerdown', 'keydown'])
  document.addEventListener(event, () => { lastTouch = Date.now(); }, { passive: true, capture: true });

// Whether a person asks, or the page by itself: that keeps nobody logged in.
export const personHeader = () => (me.users && Date.now() - lastTouch < 60_000 ? { 'X-Person': 'yes' } : {});

// What an office that is alone is not asked: which of its organisations.
const isAsked = (field) => field !== 'organisation' || me.organisations?.length > 0;
const fieldsOf = (action) => kFields[action].filter(isAsked);

export const may = (action) => me.may.includes(action);

// The session is over. What somebody is typing stays until it is decided. Every request that is under way tells it, and
// a second way out would break off the first.
let isLeaving = false;
export function leave() {
  if (isLeaving || at('act').open) return;
  isLeaving = true;
  location.replace('/login');
}

export function showMe(answer) {
  me = answer;
  at('me').hidden = !me.users;
  at('me_name').textContent = me.users ? [me.name, say(`role_${me.role}`), titleOf(me.organisations, me.organisation)].filter(Boolean).join(' · ') : '';
  fillSelect(inputOf('organisation'), (me.organisations ?? []).map(({ name, title }) => [name, title]),
    titleOf(me.organisations, me.organisation) || say('all_organisations'));
  for (const link of document.querySelectorAll('a[href="/screens"]')) link.hidden = Boolean(me.organisation);
  at('codes').textContent = say('codes_left', me.recovery_codes_left ?? 0);
  at('codes').dataset.tone = (me.recovery_codes_left ?? 0) < 3 ? 'warn' : '';
}

export async function get(path, parameters = {}, seconds = 15) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== '' && value !== undefined));
  const reply = await fetch(`/api/v1/${path}${query.size > 0 ? `?${query}` : ''}`, {
    cache: 'no-store',
    headers: personHeader(),
    signal: AbortSignal.timeout(seconds * 1000),
  });
  const body = await reply.json();
  if (reply.status === 401) leave();
  if (!reply.ok) throw Object.assign(new Error(told(body, 'detail') ?? reply.statusText), { status: reply.status });
  return body;
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
    const field = kFields[asked.action].find((one) => memberOf(one) === fault.pointer.slice(2));
    if (!field) continue;
    at(`act_${field}_fault`).textContent = knows(`field_${fault.kind}`) ? say(`field_${fault.kind}`) : fault.detail;
    at(`act_${field}_fault`).hidden = false;
    first ??= inputOf(field);
    inputOf(field).setAttribute('aria-invalid', 'true');
  }
  first?.focus();
  if (first) return;
  const words = knows(`problem_${kind}`) ? say(`problem_${kind}`) : '';
  at('act_fault').textContent = words && kind !== 'not-possible' ? words : words + (told(answer, 'detail') ?? '');
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
  const { text, shown } = await get(path.replace(/\/approve$/, ''));
  const parts = [shown.title, shown.text || shown.html, ...shown.pictures.map((picture) => picture.url), shown.link,
    ...Object.entries(shown.fields).map(([name, value]) => `${say(`shown_${name}`)}：${value}`)];
  return { text, words: parts.filter(Boolean).map(visible).join('\n\n') };
}

// Whoever lets a finding stay has the text it was found in before his eyes.
async function textWithFinding(path) {
  const { words, text, seen } = await get(path.replace(/\/accept$/, '/finding'));
  return { seen, words: visible(`${words}\n\n${text}`) };
}

// What a decision is about, to be read before it is made: its words, and the hash that names them.
const kReadBefore = { approve: textToApprove, accept: textWithFinding };

// Asks, and calls `done` when it was done. `more`: what the server wants to know beside the fields.
async function ask(action, what, path, more, done) {
  asked = { action, path, more, done };
  at('act_text').hidden = !kReadBefore[action];
  if (kReadBefore[action]) {
    const { words, ...named } = await kReadBefore[action](path);
    asked.more = { ...more, ...named };
    at('act_text').textContent = words;
  }
  at('act_title').textContent = say(`act_${action}`);
  at('act_what').textContent = what;
  at('act_words').textContent = say(`ask_${action}`);
  clearFaults();
  at('act_form').reset();
  for (const row of at('act').querySelectorAll('[data-field]')) row.hidden = !fieldsOf(action).includes(row.dataset.field);
  at('act').showModal();
  (kFields[action].length > 0 ? inputOf(kFields[action][0]) : at('act_yes')).focus();
}

async function carryOut() {
  const body = { ...asked.more };
  for (const field of fieldsOf(asked.action)) body[memberOf(field)] = inputOf(field).value;
  clearFaults();
  at('act_yes').disabled = true;
  try {
    const { ok, answer } = await post(asked.path, body);
    if (!ok) {
      showFaults(answer);
      return;
    }
    at('act').close();
    await asked.done(answer);
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

// --- a page that is read anew ---

// `read` gets what the page shows and `show` shows it: at once, every `period` ms unless somebody is about to
// decide, and whenever what this returns is called.
export function keepPage(read, show, period) {
  async function refresh() {
    try {
      await read();
      at('page_fault').hidden = true;
    } catch (error) {
      at('page_fault').textContent = `${say('live_off')}：${error.message}`;
      at('page_fault').hidden = false;
    }
    show();
  }
  offerLanguages(show);
  showWordsOf(document);
  refresh();
  setInterval(() => { if (!document.querySelector('dialog[open]')) refresh(); }, period);
  return refresh;
}

// --- what is shown once ---

// Secrets are on the page until the dialog is closed, and nowhere else.
export function showOnce(title, words, lines) {
  at('once_title').textContent = title;
  at('once_words').textContent = words;
  at('once_lines').textContent = lines.join('\n');
  at('once').showModal();
  at('once_close').focus();
}
at('once').addEventListener('close', () => { at('once_lines').textContent = ''; });
at('once_close').addEventListener('click', () => at('once').close());
// Leaving by accident loses what cannot be shown again.
at('once').addEventListener('cancel', (event) => event.preventDefault());

function newCodes() {
  ask('renew_codes', me.name, 'recovery_codes', {}, async (answer) => {
    showOnce(say('codes'), say('codes_words'), answer.recovery_codes);
    await ownSession();
  });
}
at('codes').addEventListener('click', newCodes);

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
