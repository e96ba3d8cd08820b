// Logging in, and taking over an account with its one-time token. What was typed stays typed.

import { knows, offerLanguages, say, showWordsOf } from './console_words.mjs';

const at = (id) => document.getElementById(id);
const kSvg = 'http://www.w3.org/2000/svg';
const kQuiet = 4;

// --- what is wrong, at its field ---

function clearFaults(form) {
  for (const line of form.querySelectorAll('.fault')) line.hidden = true;
  for (const input of form.querySelectorAll('input')) input.removeAttribute('aria-invalid');
}

function showFault(form, field, text) {
  const line = form.querySelector(`.fault[data-fault="${field}"]`) ?? form.querySelector('.fault[data-fault=""]');
  line.textContent = text;
  line.hidden = false;
  const input = form.elements.namedItem(field);
  if (!input) return;
  input.setAttribute('aria-invalid', 'true');
  if (!form.querySelector('[aria-invalid]:focus')) input.focus();
}

// The answer, or null when something is wrong and shown.
async function send(form, path, body) {
  clearFaults(form);
  let reply;
  let answer;
  try {
    reply = await fetch(`/api/v1/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    answer = await reply.json();
  } catch {
    showFault(form, '', say('live_off'));
    return null;
  }
  if (reply.ok) return answer;
  const faults = answer.errors ?? [];
  for (const fault of faults) showFault(form, fault.pointer.slice(2), say(`field_${fault.kind}`));
  const kind = (answer.type ?? '').split(':').pop();
  if (faults.length === 0) showFault(form, '', knows(`problem_${kind}`) ? say(`problem_${kind}`) : answer.detail);
  return null;
}

async function during(form, work) {
  const button = form.querySelector('button.main');
  button.disabled = true;
  try {
    await work();
  } finally {
    button.disabled = false;
  }
}

// --- the two forms ---

const value = (form, name) => form.elements.namedItem(name).value;

at('login').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = at('login');
  during(form, async () => {
    const answer = await send(form, 'session',
      { name: value(form, 'name'), password: value(form, 'password'), code: value(form, 'code') });
    if (answer) location.replace('/');
    else form.elements.namedItem('code').value = '';
  });
});

function showAccount(answer) {
  at('whose').textContent = say('account_of', answer.name, say(`role_${answer.role}`));
  at('secret').textContent = answer.secret.replace(/(.{4})(?=.)/g, '$1 ');
  at('qr').replaceChildren();
  if (answer.qr) {
    const side = answer.qr.size + 2 * kQuiet;
    const svg = document.createElementNS(kSvg, 'svg');
    svg.setAttribute('viewBox', `${-kQuiet} ${-kQuiet} ${side} ${side}`);
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', answer.uri);
    const path = document.createElementNS(kSvg, 'path');
    path.setAttribute('d', answer.qr.path);
    svg.append(path);
    at('qr').append(svg);
  }
  at('account').hidden = false;
  at('setup').elements.namedItem('token').readOnly = true;
  at('setup').elements.namedItem('password').focus();
}

at('setup').addEventListener('submit', (event) => {
  event.preventDefault();
  const form = at('setup');
  during(form, async () => {
    const token = value(form, 'token').trim();
    if (at('account').hidden) {
      const answer = await send(form, 'setup', { token });
      if (answer) showAccount(answer);
      return;
    }
    clearFaults(form);
    if (value(form, 'password') !== value(form, 'again')) {
      showFault(form, 'again', say('field_differs'));
      return;
    }
    const answer = await send(form, 'setup/finish', { token, password: value(form, 'password'), code: value(form, 'code') });
    if (answer) showCodes(answer.recovery_codes);
  });
});

// What a lost telephone is replaced by: shown this once.
function showCodes(codes) {
  at('setup').hidden = true;
  at('once').hidden = false;
  at('once_lines').textContent = codes.join('\n');
  at('once_close').focus();
}
at('once_close').addEventListener('click', () => location.replace('/'));

function show(name) {
  for (const id of ['login', 'setup']) at(id).hidden = id !== name;
  at(name).querySelector('input').focus();
}
at('to_setup').addEventListener('click', () => show('setup'));
at('to_login').addEventListener('click', () => show('login'));
offerLanguages(() => showWordsOf(document));
showWordsOf(document);
