// The ledger: how long it is, what signs and witnesses it, its verification, and the proof of one entry.

import { actionButtons, get, keepPage, personHeader, showMe } from './console_actions.mjs';
import { at, chip, fullTime, make, showTable } from './console_page.mjs';
import { say, showWordsOf, told } from './console_words.mjs';

const view = { me: { users: false, may: [] }, ledger: null };
const kQuiet = 4;  // modules around a QR code
const kSvg = 'http://www.w3.org/2000/svg';

const term = (name, value) => [make('dt', { text: say(name) }), make('dd', {}, value)];

function showFacts() {
  const { ledger } = view;
  const covered = ledger.checkpoint?.size ?? 0;
  at('ledger_facts').replaceChildren(...term('entries', String(ledger.size)),
    ...term('not_signed_yet', String(ledger.size - covered)),
    ...term('head_hash', make('code', { text: ledger.head })), ...term('origin', make('code', { text: ledger.origin })),
    ...term('hash_kind', make('code', { text: ledger.hash })),
    ...term('public_keys', ledger.keys.length > 0 ? make('code', { text: ledger.keys.join('\n') }) : say('none_yet')));
}

function drawing(qr) {
  const side = qr.size + 2 * kQuiet;
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('viewBox', `-${kQuiet} -${kQuiet} ${side} ${side}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', say('newest_checkpoint'));
  const path = document.createElementNS(kSvg, 'path');
  path.setAttribute('d', qr.path);
  svg.append(path);
  return svg;
}

function showCheckpoint() {
  const { checkpoint, timestamp } = view.ledger;
  at('checkpoint_empty').hidden = checkpoint !== null;
  at('checkpoint_body').hidden = checkpoint === null;
  at('checkpoint_file').replaceChildren();
  if (!checkpoint) return;
  at('checkpoint_file').append(make('a', { class: 'button small', download: `checkpoint-${checkpoint.size}.txt`,
    href: `data:text/plain;charset=utf-8,${encodeURIComponent(checkpoint.note)}`, text: say('download') }));
  at('checkpoint_body').replaceChildren(...(checkpoint.qr ? [drawing(checkpoint.qr)] : []),
    make('dl', { class: 'facts' }, ...term('covers', say('first_entries', checkpoint.size)), ...term('signed_at', fullTime(checkpoint.signed_at)),
      ...term('root', make('code', { text: checkpoint.root })),
      ...term('time_stamp', timestamp ? say('stamped', timestamp.size, fullTime(timestamp.stamped_at)) : say('none_yet')),
      ...term('signed_note', make('pre', { tabindex: 0 }, make('code', { text: checkpoint.note })))));
}

function showWitnesses() {
  const { witnesses, checkpoint } = view.ledger;
  at('witnesses_empty').hidden = witnesses.length > 0;
  const state = (one) => {
    if (one.error) return chip('failed', told(one, 'error'));
    return one.size >= (checkpoint?.size ?? 0) ? chip('delivered', say('witness_is_up')) : chip('queued', say('witness_is_behind'));
  };
  showTable('witnesses', ['its_name', 'state', 'covers', 'witnessed_at'].map((name) => say(name)),
    witnesses.map((one) => [make('b', { text: one.name }), state(one), say('first_entries', one.size), fullTime(one.witnessed_at) || say('never')]));
}

function faultRow(fault) {
  const message = told(fault, 'message');
  return make('li', { text: fault.seq === null ? message : `${say('entry_number', fault.seq)}：${message}` });
}

function resultOf({ report, ended_at: ended, by }) {
  return [chip(report.intact ? 'delivered' : 'failed', say(report.intact ? 'ledger_intact' : 'ledger_broken')),
    make('dl', { class: 'facts' }, ...term('entries', String(report.entries)), ...term('checkpoints_checked', String(report.checkpoints)),
      ...term('covers', say('first_entries', report.last_checkpoint_size)), ...term('root', make('code', { text: report.root })),
      ...term('verified_at', fullTime(ended)), ...term('verified_by', by || say('this_machine'))),
    report.faults.length > 0 ? make('ul', { class: 'fault' }, ...report.faults.map(faultRow)) : null];
}

function showVerification() {
  const run = view.ledger.verification;
  const isRunning = run !== null && run.ended_at === null;
  at('verify_tools').replaceChildren(...(isRunning ? [] : actionButtons(['verify_ledger'], say('first_entries', view.ledger.size), () => 'ledger/verify', refresh)));
  if (!run) at('verify_body').replaceChildren(make('p', { text: say('not_verified_yet') }));
  else if (isRunning) {
    at('verify_body').replaceChildren(make('progress', { max: Math.max(run.total, 1), value: run.done, 'aria-label': say('verification') }),
      make('span', { text: say('verified_so_far', run.done, run.total) }));
  } else if (run.error) at('verify_body').replaceChildren(chip('failed', say('verification_failed')), make('p', { text: told(run, 'error') }));
  else at('verify_body').replaceChildren(...resultOf(run).filter(Boolean));
}

let again = 0;
function showWords() {
  showWordsOf(document);
  showMe(view.me);
  if (!view.ledger) return;
  showFacts();
  showCheckpoint();
  showWitnesses();
  showVerification();
  clearTimeout(again);
  if (view.ledger.verification && view.ledger.verification.ended_at === null) again = setTimeout(() => refresh(), 700);
}

async function read() {
  view.me = await get('session');
  view.ledger = await get('ledger');
}

const refresh = keepPage(read, showWords, 30_000);

// The file as the server sends it, or what is wrong with what was asked.
async function download() {
  at('proof_fault').hidden = true;
  at('proof_seq').removeAttribute('aria-invalid');
  const seq = at('proof_seq').value.trim();
  const reply = await fetch(`/api/v1/ledger/proof?${new URLSearchParams({ seq })}`, { cache: 'no-store', headers: personHeader(), signal: AbortSignal.timeout(120_000) });
  if (!reply.ok) {
    const answer = await reply.json();
    throw new Error(told(answer, 'detail') ?? reply.statusText);
  }
  const link = make('a', { download: `liandong-entry-${seq}.json`, href: URL.createObjectURL(await reply.blob()) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

at('proof_form').addEventListener('submit', (event) => {
  event.preventDefault();
  download().catch((error) => {
    at('proof_fault').textContent = error.message;
    at('proof_fault').hidden = false;
    at('proof_seq').setAttribute('aria-invalid', 'true');
    at('proof_seq').focus();
  });
});
