// The console: a view of /api/v1. It holds no logic of its own and never makes HTML from text:
// everything that came from outside goes in as text nodes.

import { actionButtons, get, may, showMe } from './console_actions.mjs';
import { addressFilters, age, at, fillSelect, fullTime, make, nameOfChannel, shortTime, titleOf, webAddress } from './console_page.mjs';
import { eventName, kEvents, kKinds, kStates, language, offerLanguages, say, showWordsOf, told, toneOf } from './console_words.mjs';

const itemFilters = addressFilters({ item_kind: 'kind', item_channel: 'channel', item_state: 'state', item_since: 'since', item_until: 'until', item_text: 'text' },
  () => reloadItems());

const view = { me: { users: false, may: [] }, status: null, waiting: [], detail: null, items: [], itemsNext: null, log: [], logNext: null, newest: -1 };

// --- status ---

const total = (states, ...names) => names.reduce((sum, name) => sum + (states[name] ?? 0), 0);

function card(title, value, note, tone) {
  return make('div', { class: 'card', data_tone: tone }, make('h3', { text: title }), make('b', { text: value }),
    make('p', { text: note, title: note }));
}

function showStatus() {
  const status = view.status;
  if (!status) return;
  at('site').textContent = status.site;
  const hall = webAddress(status.screens_address);
  at('hall').hidden = !hall;
  if (hall) at('hall').href = hall;
  const states = status.states;
  const open = total(states, 'queued', 'in_flight', 'deferred');
  const ask = total(states, 'held', 'failed', 'unconfirmed');
  const faults = status.sources.filter((source) => source.fault !== '').length;
  const late = status.obligations.late;
  const seal = status.ledger.checkpoint_at
    ? say('sealed', status.ledger.checkpoint_size, age(status.ledger.checkpoint_at)) : say('not_sealed');
  at('cards').replaceChildren(
    card(say('items_today'), status.items_today, say('items_all', status.items)),
    card(say('delivered'), total(states, 'delivered'), say('open_now', open), 'good'),
    card(say('needs_person'), ask, say('needs_person_note', total(states, 'held'), total(states, 'failed'), total(states, 'unconfirmed')), ask > 0 ? 'bad' : ''),
    card(say('due'), status.obligations.open, say('late', late), late > 0 ? 'bad' : ''),
    card(say('source_faults'), faults, say('sources_all', status.sources.length), faults > 0 ? 'bad' : ''),
    card(say('ledger'), status.ledger.size, seal),
  );
  at('restored').hidden = !status.restored;
  if (status.restored) at('restored').textContent = say('restored', status.restored.ledger_size, status.restored.checkpoint_size);
  at('alerts').hidden = status.alerts.length === 0;
  at('alerts').replaceChildren(...status.alerts.slice(0, 20).map((alert) => make('li', { data_severity: alert.severity },
    make('b', { text: say(`severity_${alert.severity}`) }), ` ${alert.subject}：${alert.words}`)));
  at('channels').replaceChildren(...status.channels.map(channelRow));
  const sources = status.sources.map(sourceRow);
  if (sources.length === 0) sources.push(make('li', { class: 'nothing', text: say('no_sources') }));
  at('sources').replaceChildren(...sources);
  for (const id of ['log_channel', 'item_channel'])
    fillSelect(at(id), status.channels.map((channel) => [channel.name, channelName(channel.name)]), say('all_channels'));
  itemFilters.show();
}

const channelName = (name) => nameOfChannel(view.status?.channel_types, name);

const officeOf = (part) => titleOf(view.status?.organisations, part.organisation);

function channelRow(channel) {
  const chips = Object.entries(channel.states).filter(([, number]) => number > 0).map(([state, number]) =>
    make('span', { class: 'chip', data_state: state, title: say(state), text: number }));
  return make('li', {},
    make('b', { text: channelName(channel.name), title: channel.name }, make('small', { text: officeOf(channel) })),
    make('span', { class: 'counts' }, ...(chips.length > 0 ? chips : [make('small', { text: say('nothing_yet') })])),
    channel.paused_at ? make('span', { class: 'why', text: say('paused_because', told(channel, 'reason')) }) : null,
    channel.drifted > 0 ? make('span', { class: 'why', text: say('drifted_posts', channel.drifted) }) : null,
    channel.note ? make('span', { class: 'note', text: told(channel, 'note') }) : null,
    ...actionButtons([channel.paused_at ? 'resume' : 'pause'], channelName(channel.name),
      (action) => `channels/${encodeURIComponent(channel.name)}/${action}`, refresh));
}

function sourceRow(source) {
  const bad = source.fault !== '';
  return make('li', {},
    make('b', { text: source.name }, make('small', { text: [officeOf(source), say('rows_seen', source.rows_seen)].filter(Boolean).join(' · ') })),
    make('span', { class: 'chip', data_state: bad ? 'failed' : 'delivered', title: fullTime(source.looked_at),
      text: bad ? say(`fault_${source.fault}`) : age(source.read_at) }),
    bad ? make('span', { class: 'why', text: [told(source, 'message'), told(source, 'advice')].filter(Boolean).join(' · ') }) : null,
    ...(source.held_look ? heldLook(source) : []));
}

// What a look brought that was too much, for whoever must judge it.
function heldLook(source) {
  const look = source.held_look;
  const numbers = look.parts.map((part) => say('held_part', say(part.purpose), part.items, part.deliveries)).join(' · ');
  return [
    make('span', { class: 'why', text: `${look.why[language()]} · ${fullTime(look.since).slice(0, 16)}` }),
    make('details', { class: 'look' }, make('summary', { text: numbers }),
      make('ul', {}, ...look.titles.map((title) => make('li', { text: title })))),
    may('release_source') ? null : make('span', { class: 'note', text: say('mass_held', source.name) }),
    ...actionButtons(['release_source'], `${source.name} · ${numbers}`,
      () => `sources/${encodeURIComponent(source.name)}/release`, refresh, { seen: look.seen }),
  ].filter(Boolean);
}

// --- what waits for approval ---

function waitingRow(waiting) {
  return make('li', {},
    make('button', { type: 'button', class: 'plain', title: waiting.title, text: waiting.title, on: { click: () => showDetail(waiting.item) } }),
    make('span', { class: 'chip', data_state: 'held', text: channelName(waiting.channel) }),
    waiting.urgency ? make('span', { class: 'why', text: say('urgent_because', waiting.urgency.reason) }) : null,
    make('span', { class: 'note', text: say('approvals_missing', waiting.missing) }));
}

function showReview() {
  at('review_panel').hidden = view.waiting.length === 0;
  at('review').replaceChildren(...view.waiting.map(waitingRow));
}

// --- item x channel ---

function columns() {
  const names = (view.status?.channels ?? []).map((channel) => channel.name);
  for (const item of view.items) {
    for (const name of Object.keys(item.channels)) if (!names.includes(name)) names.push(name);
  }
  return names;
}

// What the patrol last found, where that is not what was sent.
const strayed = (delivery) => ['drifted', 'vanished'].includes(delivery.verdict);

function chipOf(delivery) {
  const words = [delivery.purpose === 'publish' ? '' : say(delivery.purpose), say(delivery.state),
    strayed(delivery) ? say(`verdict_${delivery.verdict}`) : ''].filter(Boolean).join(' · ');
  const hint = [fullTime(delivery.delivered_at ?? delivery.due_at), delivery.code, told(delivery, 'message'), told(delivery, 'reason'), told(delivery, 'drift')]
    .filter(Boolean).join('\n');
  const link = webAddress(delivery.permalink);
  return make(link ? 'a' : 'span', { class: 'chip', data_state: strayed(delivery) ? 'failed' : delivery.state, title: hint, text: words,
    href: link, target: link && '_blank', rel: link && 'noopener noreferrer' });
}

function cell(item, channel) {
  const delivery = item.channels[channel];
  const due = item.obligations.find((one) => one.channel === channel && !one.met_at && !one.waived_at);
  if (delivery) return make('td', { data_channel: channelName(channel) }, chipOf(delivery));
  if (!due) return make('td', { data_channel: channelName(channel) }, make('span', { class: 'none', text: '—' }));
  const late = Date.parse(due.due_at) < Date.now();
  return make('td', { data_channel: channelName(channel) }, make('span', { class: 'chip', data_state: late ? 'late' : 'due',
    title: fullTime(due.due_at), text: say(late ? 'is_late' : 'is_due') }));
}

function itemRow(item, names) {
  const published = item.published_at ? fullTime(item.published_at).slice(0, item.published_precision === 'day' ? 10 : 16) : '';
  const facts = [officeOf(item), say(item.kind), item.doc_no, published || shortTime(item.first_seen), item.rev > 1 ? say('revision', item.rev) : '']
    .filter(Boolean).join(' · ');
  return make('tr', { class: item.withdrawn_at ? 'withdrawn' : undefined },
    make('td', { class: 'what' },
      make('button', { type: 'button', title: item.title, text: item.title, on: { click: () => showDetail(item.id) } }),
      make('small', { text: facts })),
    ...names.map((name) => cell(item, name)));
}

function showItems() {
  const names = columns();
  at('matrix_head').replaceChildren(...[say('item'), ...names.map(channelName)].map((text) => make('th', { scope: 'col', text })));
  at('matrix_rows').replaceChildren(...view.items.map((item) => itemRow(item, names)));
  at('matrix_empty').hidden = view.items.length > 0;
  at('matrix_empty').textContent = say(isNarrowed() ? 'no_such_items' : 'no_items');
  at('items_more').hidden = view.itemsNext === null;
}

const isNarrowed = () => Object.values(itemFilters.values).some(Boolean);

async function loadItems(more = false) {
  const known = more ? 50 : Math.min(Math.max(view.items.length, 50), 200);
  const page = await get('items', { ...itemFilters.values, limit: known, before: more ? view.itemsNext : undefined });
  view.items = more ? [...view.items, ...page.items] : page.items;
  view.itemsNext = page.next;
  showItems();
}

// --- the sync log ---

function summary(entry) {
  const facts = entry.entry ?? {};
  const result = facts.result ?? facts.outcome;
  return [entry.channel && channelName(entry.channel), facts.purpose && facts.purpose !== 'publish' ? say(facts.purpose) : '', facts.step ? say(`step_${facts.step}`) : '',
    result ? say(`${entry.event === 'source.faulted' ? 'fault' : 'result'}_${result}`) : '', facts.errcode, told(entry, 'reason')].filter(Boolean).join(' · ');
}

function logRow(entry, fresh, of_one_item = false) {
  const title = of_one_item ? '' : entry.title || entry.entry?.title || entry.entry?.source || entry.entry?.screen || '';
  return make('li', { data_tone: toneOf(entry), class: fresh ? 'new' : undefined },
    make('time', { datetime: entry.at, title: fullTime(entry.at), text: shortTime(entry.at) }),
    make('div', { class: 'event', title: `#${entry.seq} ${entry.event}` },
      make('b', { text: eventName(entry.event) }), make('span', { text: summary(entry) })),
    title && entry.item ? make('p', {}, make('button', { type: 'button', title, text: title, on: { click: () => showDetail(entry.item) } })) : null,
    title && !entry.item ? make('p', { text: title, title }) : null);
}

function showLog(freshFrom = Infinity) {
  at('log').replaceChildren(...view.log.map((entry) => logRow(entry, entry.seq >= freshFrom)));
  at('log_empty').hidden = view.log.length > 0;
  at('log_empty').textContent = say('no_entries');
  at('log_more').hidden = view.logNext === null;
}

const logFilters = () => ({ channel: at('log_channel').value, event: at('log_event').value, text: at('log_text').value.trim() });

async function loadLog(more = false) {
  const page = await get('log', { ...logFilters(), limit: 60, before: more ? view.logNext : undefined });
  const freshFrom = more || view.newest < 0 ? Infinity : view.newest + 1;
  if (more) {
    view.log = [...view.log, ...page.entries];
  } else {
    view.log = page.entries;
    view.newest = Math.max(view.newest, page.entries[0]?.seq ?? -1);
  }
  view.logNext = page.next;
  showLog(freshFrom);
}

// --- one item ---

function term(name, value) {
  return value ? [make('dt', { text: name }), make('dd', {}, value)] : [];
}

// After a decision the item is shown as it is now, and so is everything behind it.
const decided = (item) => async () => {
  await showDetail(item.id);
  await refresh();
};

function obligationRow(item, due) {
  return make('div', { class: 'delivery' }, make('b', { text: channelName(due.channel) }),
    make('small', { text: `${say('is_due')} ${fullTime(due.due_at)}` }),
    ...actionButtons(['waive'], `${item.title} · ${channelName(due.channel)}`, () => `items/${item.id}/waive`, decided(item),
      { channel: due.channel }));
}

const isInHall = (delivery) =>
  delivery.state === 'delivered' && delivery.purpose !== 'withdraw' && view.status?.channel_types[delivery.channel] === 'hall';

function deliveryRow(item, delivery) {
  const why = delivery.state === 'delivered' ? '' : [delivery.code, told(delivery, 'message'), told(delivery, 'reason')].filter(Boolean).join(' · ');
  return make('div', { class: 'delivery' }, make('b', { text: channelName(delivery.channel) }), chipOf(delivery),
    make('small', { text: [say('revision', delivery.rev), say(delivery.purpose), fullTime(delivery.delivered_at ?? delivery.due_at),
      delivery.evidence ? say('evidence', say(`evidence_${delivery.evidence}`)) : ''].filter(Boolean).join(' · ') }),
    why ? make('span', { class: 'why', text: why }) : null,
    ...(isInHall(delivery) ? actionButtons(['pin'], item.title, () => `items/${item.id}/pin`, decided(item)) : []),
    delivery.urgency ? make('span', { class: 'why',
      text: say(delivery.urgency.granted_at ? 'urgent_going' : 'urgent_because', delivery.urgency.reason) }) : null,
    delivery.approvals_missing > 0 && ['held', 'queued', 'deferred'].includes(delivery.state)
      ? make('span', { class: 'why', text: say('approvals_missing', delivery.approvals_missing) }) : null,
    ...actionButtons(delivery.can.filter((action) => !['withdraw', 'urgent'].includes(action)), `${item.title} · ${channelName(delivery.channel)}`,
      (action) => `deliveries/${delivery.id}/${action}`, decided(item)),
    ...actionButtons(delivery.can.filter((action) => action === 'withdraw'), `${item.title} · ${channelName(delivery.channel)}`,
      () => `items/${item.id}/withdraw`, decided(item), { channel: delivery.channel }));
}

// Sentences of the API's, in the page's language.
function sentenceRow(sentence) {
  return make('li', {},
    make('time', { datetime: sentence.at, title: fullTime(sentence.at), text: shortTime(sentence.at) }),
    make('div', { class: 'event' }, make('span', { text: sentence[language()] })));
}

function sentences(heading, list) {
  return list.length > 0 ? [make('h3', { text: say(heading) }), make('ol', { class: 'entries story' }, ...list.map(sentenceRow))] : [];
}

const newestOf = (item) => item.log.at(-1)?.seq ?? -1;

// What happened to the item that is looked at; while nothing did, the page stays as it is.
async function refreshDetail() {
  if (!at('detail').open) return;
  const item = await get(`items/${view.detail.id}`);
  if (item.id === view.detail.id && newestOf(item) !== newestOf(view.detail)) showItem(item);
}

async function showDetail(id) {
  showItem(await get(`items/${id}`));
}

function showItem(item) {
  view.detail = item;
  const link = webAddress(item.url);
  at('detail_title').textContent = item.title;
  at('detail_body').replaceChildren(
    make('dl', {},
      ...term(say('kind'), say(item.kind)),
      ...term(say('doc_no'), item.doc_no),
      ...term(say('source'), item.source),
      ...term(say('published'), fullTime(item.published_at).slice(0, item.published_precision === 'day' ? 10 : 19)),
      ...term(say('first_seen'), fullTime(item.first_seen)),
      ...term(say('address'), link ? make('a', { href: link, target: '_blank', rel: 'noopener noreferrer', text: item.url }) : item.url)),
    ...(item.finding ? [make('p', { class: 'alarm', text: say('finding', item.finding) }),
      ...actionButtons(['accept'], item.title, () => `items/${item.id}/accept`, decided(item))] : []),
    ...item.screening.map(({ holds, words }) => make('p', { class: holds ? 'alarm' : 'note', text: say(holds ? 'screening_holds' : 'screening_warns', words) })),
    ...(item.deliveries.some((delivery) => delivery.can.includes('urgent'))
      ? actionButtons(['urgent'], item.title, () => `items/${item.id}/urgent`, decided(item)) : []),
    make('h3', { text: say('deliveries') }), ...item.deliveries.map((delivery) => deliveryRow(item, delivery)),
    ...item.obligations.filter((due) => !due.met_at && !due.waived_at).map((due) => obligationRow(item, due)),
    ...sentences('next', item.next), ...sentences('story', item.story),
    make('details', {}, make('summary', { text: say('ledger') }),
      make('ol', { class: 'entries' }, ...item.log.map((entry) => logRow(entry, false, true)))));
  if (!at('detail').open) at('detail').showModal();
}

// --- words ---

function showPerson() {
  showMe(view.me);
  at('users').hidden = !may('invite');
}

function showWords() {
  showWordsOf(document);
  showPerson();
  fillSelect(at('item_kind'), kKinds.map((kind) => [kind, say(kind)]), say('all_kinds'));
  fillSelect(at('item_state'), kStates.map((state) => [state, say(state)]), say('all_states'));
  fillSelect(at('log_event'), kEvents.map((event) => [event, eventName(event)]), say('all_events'));
  itemFilters.show();
  showLive(at('live').dataset.state ?? 'wait');
  showStatus();
  showReview();
  showItems();
  showLog();
}

// --- live ---

function showLive(now) {
  at('live').dataset.state = now;
  at('live_text').textContent = say(`live_${now}`);
}

let refreshing = false;
let again = false;
async function refresh() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = true;
  try {
    view.me = await get('session');
    showPerson();
    view.status = await get('status');
    view.waiting = (await get('review', { limit: 50 })).waiting;
    showStatus();
    showReview();
    await refreshDetail();
    if (view.items.length <= 200) await loadItems();
    if (view.log.length <= 60) await loadLog();
    showLive('on');
  } catch (error) {
    showLive('off');
    at('live').title = error.message;
  }
  refreshing = false;
  if (again) {
    again = false;
    setTimeout(refresh, 300);
  }
}

function listen() {
  const events = new EventSource('/api/v1/events');
  events.addEventListener('change', refresh);
  events.addEventListener('open', () => showLive('on'));
  events.addEventListener('error', () => {
    showLive('off');
    if (events.readyState !== EventSource.CLOSED) return;  // it tries again by itself
    refresh();
    setTimeout(listen, 30_000);
  });
}

function later(action) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => action().catch((error) => { at('live').title = error.message; showLive('off'); }), 250);
  };
}

const reloadItems = later(async () => { view.items = []; await loadItems(); });
const reloadLog = later(async () => { view.newest = -1; await loadLog(); });
for (const id of ['item_filters', 'log_filters']) at(id).addEventListener('submit', (event) => event.preventDefault());
for (const id of ['log_channel', 'log_event']) at(id).addEventListener('change', reloadLog);
at('log_text').addEventListener('input', reloadLog);
at('items_more').addEventListener('click', later(() => loadItems(true)));
at('log_more').addEventListener('click', later(() => loadLog(true)));
at('detail_close').addEventListener('click', () => at('detail').close());
offerLanguages(showWords);
setInterval(showStatus, 15_000);  // ages grow

showWords();
refresh();
listen();
