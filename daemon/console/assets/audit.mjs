// The audit: what is missing and why, what the rules find, and the report of a period. One of the three is seen at a
// time; which, and what it is narrowed to, stands in the address.

import { get, keepPage, showMe } from './console_actions.mjs';
import { addressFilters, at, chip, fillSelect, fullTime, make, nameOfChannel, showTable, webAddress } from './console_page.mjs';
import { kFulfilments, say, showWordsOf } from './console_words.mjs';
import { fillPeriod, kEver, periodOf, Report, whenFree } from './audit_report.mjs';

const kViews = ['coverage', 'rules', 'report'];
const view = { me: { users: false, may: [] }, status: null, rules: null, shown: '' };

const wanted = new URLSearchParams(location.search).get('view');
view.shown = kViews.includes(wanted) ? wanted : 'coverage';

const coverage = { path: 'coverage', rows: null, next: null, take: (page) => page.cells };
const findings = { path: 'rules', rows: null, next: null, take: (page) => page.findings };
const lists = { coverage, rules: findings };

const filters = {
  coverage: addressFilters({ coverage_year: 'year', coverage_part: 'part', coverage_channel: 'channel', coverage_fulfilment: 'fulfilment' }, () => open('coverage')),
  rules: addressFilters({ rules_rule: 'rule', rules_days: 'days' }, () => open('rules')),
  report: addressFilters({ report_year: 'report_year', report_part: 'report_part', report_of: 'report_of' }, () => open('report')),
};
const report = new Report(() => filters.report.values);

const channelName = (name) => nameOfChannel(view.status?.channel_types, name);

// --- what is missing ---

const kChips = { missing: 'failed', unjudged: 'unconfirmed', taken_down: 'held', waived: 'cancelled', not_yet_due: 'due', gone: 'cancelled',
  pushed_late: 'late', pushed_unjudged: 'delivered', pushed: 'delivered' };

function span(milliseconds) {
  const hours = Math.floor(milliseconds / 3_600_000);
  return hours < 48 ? say('so_many_hours', hours) : say('so_many_days', Math.floor(hours / 24));
}

function coverageRow(cell) {
  const link = webAddress(cell.permalink);
  const pushed = fullTime(cell.met_at).slice(0, 16);
  return [chip(kChips[cell.fulfilment], say(`fulfilment_${cell.fulfilment}`)),
    [make('b', { text: cell.title }), make('small', { text: [cell.item, say(cell.kind), cell.doc_no].filter(Boolean).join(' · ') })],
    channelName(cell.channel), fullTime(cell.first_seen).slice(0, 16), fullTime(cell.due_at).slice(0, 16) || say('no_limit_known'),
    pushed && link ? make('a', { href: link, target: '_blank', rel: 'noopener noreferrer', text: pushed }) : pushed || '—',
    cell.late_ms > 0 ? span(cell.late_ms) : '—', cell.words || '—'];
}

function showCoverage() {
  fillPeriod('coverage', [[kEver, say('all_years')]]);
  fillSelect(at('coverage_channel'), (view.status?.channels ?? []).map(({ name }) => [name, channelName(name)]), say('all_channels'));
  fillSelect(at('coverage_fulfilment'), kFulfilments.map((name) => [name, say(`fulfilment_${name}`)]), say('all_states'));
  showTable('coverage', ['state', 'item', 'channel', 'first_seen', 'limit', 'pushed_at', 'late_by', 'why_not'].map((name) => say(name)),
    (coverage.rows ?? []).map(coverageRow));
}

// --- what the rules find ---

const kTones = { fail: 'failed', alarm: 'late', warn: 'held', unknown: 'unconfirmed', good: 'delivered' };
const subjectOf = (finding) => finding.subject.replace(/^item (\d+)/, (_, item) => say('item_number', item))
  .replace(/^ledger$/, say('ledger_page')).replace(/^site$/, say('whole_site')).replace(/^stale$/, say('stale_columns')).replace(/ week$/, ` ${say('of_week')}`);

function showRules() {
  const rules = view.rules?.rules ?? [];
  const title = (name) => rules.find((rule) => rule.name === name)?.title ?? name;
  fillSelect(at('rules_rule'), rules.map((rule) => [rule.name, rule.title]), say('all_rules'));
  fillSelect(at('rules_days'), [7, 30, 90].map((days) => [String(days), say('last_days', days)]), say('last_days', 365));
  at('rules_at').textContent = view.rules ? say('found_at', fullTime(view.rules.at)) : '';
  showTable('rules', ['verdict', 'rule', 'subject', 'case', 'worsens_at', 'head_title'].map((name) => say(name)),
    (findings.rows ?? []).map((one) => [chip(kTones[one.severity], say(`severity_${one.severity}`)), title(one.rule), subjectOf(one), one.words,
      fullTime(one.worsens_at).slice(0, 16) || '—', one.title || '—']));
  showTable('basis', ['rule', 'cases_judged', 'basis'].map((name) => say(name)), rules.map((rule) => [make('b', { text: rule.title }),
    rule.enabled ? String(rule.judged ?? '—') : say('not_enabled'), rule.basis]));
}

// --- the page ---

function queryOf(name) {
  const { year, part, ...rest } = filters[name].values;
  return name === 'coverage' ? { ...rest, ...periodOf(year, part) } : rest;
}

async function readList(name, more = false) {
  const list = lists[name];
  const query = queryOf(name);
  const page = await whenFree(list.path, { ...query, limit: 50, after: more ? list.next : undefined });
  if (JSON.stringify(queryOf(name)) !== JSON.stringify(query)) return;  // something else was chosen since
  list.rows = more ? [...list.rows, ...list.take(page)] : list.take(page);
  list.next = page.next;
  if (name === 'rules') view.rules = page;
}

function showWords() {
  showWordsOf(document);
  showMe(view.me);
  showCoverage();
  showRules();
  report.show(view.status?.organisations ?? []);
  for (const name of kViews) {
    filters[name].show();
    at(`${name}_view`).hidden = view.shown !== name;
    at('views').querySelector(`[data-view=${name}]`).setAttribute('aria-pressed', String(view.shown === name));
    if (!lists[name]) continue;
    at(`${name}_more`).hidden = lists[name].next === null;
    at(`${name}_empty`).hidden = lists[name].rows?.length !== 0 || lists[name].next !== null;
  }
}

async function read() {
  view.me = await get('session');
  view.status = await get('status');
  if (view.shown === 'report') await report.read();
  else await readList(view.shown);
}

const refresh = keepPage(read, showWords, 300_000);

async function open(name) {
  view.shown = name;
  const address = new URLSearchParams(location.search);
  address.set('view', name);
  history.replaceState(null, '', `?${address}`);
  showWords();
  await refresh();
}

for (const button of at('views').children) button.addEventListener('click', () => open(button.dataset.view));
for (const name of kViews) at(`${name}_filters`).addEventListener('submit', (event) => event.preventDefault());
for (const name of Object.keys(lists)) {
  at(`${name}_more`).addEventListener('click', async () => {
    await readList(name, true).catch((error) => { at(`${name}_more`).title = error.message; });
    showWords();
  });
}
