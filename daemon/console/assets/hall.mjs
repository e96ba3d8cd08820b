// A hall screen. One timer, a second apart, drives everything: the clock, the slides, the list, the
// heartbeat. What is on the screen never depends on the network: the last good list is kept, and a
// failure changes nothing but, after ten minutes, one line that says how old the data is.

import { chooseSide, fit, isStrip, moveStage, runLine } from './hall_type.mjs';

const kVersion = document.documentElement.dataset.version;
const kBuildYear = 2026;
const kStaleAfter = 10 * 60_000;
const kHeartbeatEvery = 60_000;
const kMostPlays = 2000;
const kRetries = [1, 2, 4, 8];  // seconds, then kSlowRetry
const kSlowRetry = 60;

const at = (id) => document.getElementById(id);

// --- what outlives a power cut ---

const store = {
  get(name, fallback) {
    try {
      const text = localStorage.getItem(`liandong.${name}`);
      return text === null ? fallback : JSON.parse(text);
    } catch {
      return fallback;  // damaged by a crash: as if it were absent
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(`liandong.${name}`, JSON.stringify(value));
    } catch (error) {
      state.lastError = `storage: ${error.name}`;  // full or forbidden: play on from memory
    }
  },
};

const state = {
  list: store.get('list', null),
  token: store.get('token', ''),
  offset: store.get('offset', null),  // server time minus ours
  lastContact: store.get('last_contact', 0),
  plays: store.get('plays', []),
  failures: 0,
  nextPoll: 0,
  nextHeartbeat: 0,
  pollSeconds: 10,
  polling: false,
  beating: false,
  started: Date.now(),
  lastError: '',
  blocked: '',  // 'waiting', 'revoked'
};

const now = () => Date.now() + (state.offset ?? 0);

// --- chance, also where crypto.randomUUID is missing (plain http on a LAN) ---

const randomHex = (bytes) =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, '0')).join('');

function uuid() {
  const hex = randomHex(16);
  const variant = '89ab'[parseInt(hex[16], 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

function identity() {
  let key = store.get('key', '');
  if (!/^[0-9a-f]{64}$/.test(key)) {
    key = randomHex(32);
    store.set('key', key);
    store.set('name', '');
  }
  const asked = new URLSearchParams(location.search).get('name');
  const name = store.get('name', '') || asked || `大厅屏 ${key.slice(0, 4).toUpperCase()}`;
  return { key, name };
}

// --- the server ---

async function call(method, path, body, headers = {}) {
  const reply = await fetch(`/display/v1/${path}`, {
    method,
    cache: 'no-store',
    headers: {
      ...(state.token ? { Authorization: `Bearer ${state.token}` } : {}),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(15_000),
  });
  const date = Date.parse(reply.headers.get('Date') ?? '');
  if (!Number.isNaN(date)) {
    const offset = date + 500 - Date.now();
    // The header counts whole seconds: keep what is known unless it is plainly wrong.
    if (state.offset === null || Math.abs(offset - state.offset) > 2000) {
      state.offset = Math.abs(offset) < 2000 ? 0 : offset;
      store.set('offset', state.offset);
    }
  }
  return reply;
}

async function register() {
  const { key, name } = identity();
  const resolution = `${screen.width}x${screen.height}`;
  const reply = await call('POST', 'register', { screen_key: key, name, model: navigator.userAgent, resolution });
  if (reply.status === 409) {
    store.set('name', `${name.slice(0, 30)} ${key.slice(0, 4).toUpperCase()}`);
    return;
  }
  if (reply.status === 403) return block('revoked');
  if (!reply.ok) throw new Error(`register: ${reply.status}`);
  const answer = await reply.json();
  store.set('name', name);
  if (answer.site) showSite(answer.site);
  if (answer.state === 'ready') {
    state.token = answer.token;
    store.set('token', state.token);
    unblock();
  } else {
    block('waiting');
  }
}

function block(why) {
  state.blocked = why;
  state.token = '';
  store.set('token', '');
  // A screen that may not show anything must not show what it still has.
  state.list = null;
  store.set('list', null);
  showNotice();
}

function unblock() {
  state.blocked = '';
}

async function poll() {
  if (!state.token) await register();
  if (!state.token) return 15;
  const known = state.list?.version;
  const reply = await call('GET', 'list', undefined, known ? { 'If-None-Match': `"${known}"` } : {});
  if (reply.status === 401) {
    state.token = '';  // the next round registers again; what is shown stays
    return 1;
  }
  if (reply.status === 403 || reply.status === 410) {
    block('revoked');
    return kSlowRetry;
  }
  if (reply.status !== 304 && !reply.ok) throw new Error(`list: ${reply.status}`);
  if (reply.status === 200) takeList(await reply.json());
  state.lastContact = Date.now();
  store.set('last_contact', state.lastContact);
  noteVersion(reply.headers.get('X-Config-Version'));
  return state.pollSeconds;
}

async function pollGuarded() {
  if (state.polling) return;
  state.polling = true;
  let wait;
  try {
    wait = await poll();
    state.failures = 0;
  } catch (error) {
    state.lastError = String(error.message ?? error).slice(0, 150);
    wait = kRetries[state.failures] ?? kSlowRetry;
    state.failures += 1;
  }
  state.nextPoll = Date.now() + wait * 1000;
  state.polling = false;
}

async function beat() {
  if (state.beating || !state.token) return;
  state.beating = true;
  try {
    const reply = await call('POST', 'heartbeat', {
      list_version: state.list?.version ?? '',
      page_version: kVersion,
      current: show.slide ? String(show.slide.id) : '',
      uptime_s: Math.round((Date.now() - state.started) / 1000),
      clock_offset_ms: Math.round(state.offset ?? 0),
      resolution: `${innerWidth}x${innerHeight}`,
      last_error: state.lastError,
      plays_waiting: state.plays.length,
    });
    if (reply.status === 204) {
      state.lastError = '';
      noteVersion(reply.headers.get('X-Config-Version'));
      await sendPlays();
    }
  } catch (error) {
    state.lastError = String(error.message ?? error).slice(0, 150);
  }
  state.beating = false;
}

async function sendPlays() {
  while (state.plays.length > 0) {
    const batch = state.plays.slice(0, 200);
    const reply = await call('POST', 'plays', batch);
    // What the server can never take is dropped; everything else is kept for the next time.
    if (!reply.ok && (reply.status < 400 || reply.status >= 500 || reply.status === 401 || reply.status === 403)) return;
    const sent = new Set(batch.map((play) => play.play_id));
    state.plays = state.plays.filter((play) => !sent.has(play.play_id));
    store.set('plays', state.plays);
  }
}

// A new page is loaded only on the word of a live answer, at most once a minute.
async function noteVersion(version) {
  if (!version || version === kVersion) return;
  if (Date.now() - store.get('reloaded', 0) < 60_000) return;
  store.set('reloaded', Date.now());
  if (navigator.serviceWorker?.controller) {
    const registration = await navigator.serviceWorker.getRegistration('/display/v1/');
    await registration?.update().catch(() => {});
    await new Promise((done) => setTimeout(done, 3000));
  }
  location.reload();
}

// --- the slides ---

const show = { slide: null, page: 0, until: 0, since: 0, length: 1, cycle: [], known: new Set(), begun: 0 };

function takeList(list) {
  if (!Array.isArray(list?.slides)) throw new Error('list: malformed');
  state.list = list;
  state.pollSeconds = Math.min(Math.max(Number(list.poll_s) || 10, 1), 300);
  store.set('list', list);
  if (list.site) showSite(list.site);
  unblock();
  const fresh = list.slides.filter((slide) => !show.known.has(slide.id)).map((slide) => slide.id);
  if (show.known.size > 0) show.cycle = [...fresh, ...show.cycle.filter((id) => !fresh.includes(id))];
  show.known = new Set(list.slides.map((slide) => slide.id));
  refreshCurrent();
}

const isActive = (slide) => !slide.to || now() < Date.parse(slide.to);
const priorityOf = (slide) => (slide.priority_to && now() >= Date.parse(slide.priority_to) ? 0 : slide.priority);

// What may be shown now: alive, and of the highest priority there is.
function active() {
  const alive = (state.list?.slides ?? []).filter(isActive);
  const highest = Math.max(0, ...alive.map(priorityOf));
  return alive.filter((slide) => priorityOf(slide) === highest);
}

const isPinned = (slide) => slide.pinned || (Boolean(slide.pinned_to) && now() < Date.parse(slide.pinned_to));
const inOrder = (slides) => [...slides.filter(isPinned), ...slides.filter((slide) => !isPinned(slide))];

// The ids that follow, at least one round of them.
function plan() {
  const ids = new Set(active().map((slide) => slide.id));
  show.cycle = show.cycle.filter((id) => ids.has(id));
  if (show.cycle.length === 0) show.cycle = inOrder(active()).map((slide) => slide.id);
}

const find = (id) => state.list?.slides.find((slide) => slide.id === id);

// Is what is on the screen still to be there?
function refreshCurrent() {
  if (!show.slide) return;
  if (active().some((slide) => slide.id === show.slide.id)) return showUpcoming();
  advance();
}

function advance() {
  const slide = show.slide;
  const still = slide && active().some((one) => one.id === slide.id);
  // A strip shows the title alone.
  if (still && !isStrip() && show.page + 1 < slide.body.length) return showPage(slide, show.page + 1);
  finishPlay();
  plan();
  const next = find(show.cycle.shift());
  show.slide = next ?? null;
  if (!next) return showNotice();
  show.begun = performance.now();
  showPage(next, 0);
}

function finishPlay() {
  const slide = show.slide;
  const length = performance.now() - show.begun;  // the clock may have been set meanwhile
  if (!slide || length < 1000) return;
  const end = now();
  state.plays.push({
    play_id: uuid(),
    id: slide.id,
    rev: slide.rev,
    title: slide.title,
    start: new Date(end - length).toISOString(),
    end: new Date(end).toISOString(),
    clock: state.offset === null ? 'local' : 'server',
  });
  if (state.plays.length > kMostPlays) state.plays.splice(0, state.plays.length - kMostPlays);
  store.set('plays', state.plays);
}

function showPage(slide, page) {
  const seconds = slide.dwell?.[page] ?? 12;
  show.page = page;
  show.since = Date.now();
  show.length = seconds * 1000;
  show.until = show.since + show.length;
  const box = at('slide');
  const draw = () => {
    drawSlide(slide, page);
    box.classList.remove('fading');
  };
  if (document.body.dataset.mode !== 'play') {
    document.body.dataset.mode = 'play';
    draw();
    return;
  }
  box.classList.add('fading');
  setTimeout(draw, 600);
}

function drawSlide(slide, page) {
  if (show.slide !== slide || show.page !== page) return;  // overtaken while fading
  at('kind').textContent = slide.kind_name;
  at('kind').dataset.kind = slide.kind;
  at('source').textContent = slide.source;
  at('published').textContent = slide.date;
  at('title').textContent = slide.title;
  const text = slide.body[page] ?? '';
  at('slide').classList.toggle('bare', text === '');
  at('body').replaceChildren(...text.split('\n').map((line) => {
    const paragraph = document.createElement('p');
    paragraph.textContent = line;
    return paragraph;
  }));
  at('scan').textContent = slide.cut ? '扫码查看全文' : '扫码查看原文';
  at('address').textContent = slide.address;
  drawCode(slide.qr);
  drawPages(slide.body.length, page);
  chooseSide(Date.now());
  fit(at('title'), '--title', 7, 4.6);
  fit(at('body'), '--body', 5.6, 3.4);
  // It is read to its end.
  show.length = Math.max(show.length, runLine(at('title')));
  show.until = show.since + show.length;
  showUpcoming();
}

function drawCode(code) {
  at('code').hidden = !code;
  if (!code) return;
  const side = code.size + 8;
  at('qr').setAttribute('viewBox', `-4 -4 ${side} ${side}`);
  for (const [name, value] of Object.entries({ x: -4, y: -4, width: side, height: side }))
    at('quiet').setAttribute(name, value);
  at('modules').setAttribute('d', code.path);
}

function drawPages(count, current) {
  at('pages').replaceChildren(...(count < 2 ? [] : Array.from({ length: count }, (_, index) => {
    const dot = document.createElement('i');
    dot.className = index === current ? 'on' : '';
    return dot;
  })));
  const shown = inOrder(active());
  const place = shown.findIndex((slide) => slide.id === show.slide?.id) + 1;
  const pages = count < 2 ? '' : `第 ${current + 1} 页，共 ${count} 页　·　`;
  at('place').textContent = `${pages}${place} / ${shown.length}`;
}

function showUpcoming() {
  const rest = show.cycle.map(find).filter((slide) => slide && isActive(slide));
  const round = inOrder(active()).filter((slide) => slide.id !== show.slide?.id && !rest.includes(slide));
  const titles = [...rest, ...round].slice(0, 3).map((slide) => slide.title);
  at('next').hidden = titles.length === 0;
  at('upcoming').replaceChildren(...titles.map((title) => {
    const entry = document.createElement('li');
    const words = document.createElement('span');
    words.textContent = title;
    entry.append(words);
    return entry;
  }));
  // Whole titles only.
  const box = at('next');
  while (at('upcoming').lastChild && box.scrollHeight > box.clientHeight + 2) at('upcoming').lastChild.remove();
  box.hidden = at('upcoming').childElementCount === 0;
}

// A message that is all the screen shows; it ends by itself, also without the server.
function emergency() {
  const message = state.blocked ? null : state.list?.emergency;
  return message && now() < Date.parse(message.to) ? message : null;
}

function showEmergency(message) {
  const drawn = `${message.id} ${innerWidth}x${innerHeight}`;
  if (document.body.dataset.mode === 'emergency' && at('notice').dataset.drawn === drawn) return;
  finishPlay();
  show.slide = null;
  at('notice').dataset.drawn = drawn;
  document.body.dataset.mode = 'emergency';
  const kicker = '紧急通知';
  at('kicker').textContent = kicker;
  at('headline').textContent = isStrip() ? [kicker, message.title, message.text].filter(Boolean).join('　') : message.title;
  at('explain').textContent = message.text;
  fit(at('notice'), '--cry', 10, 4);
  runLine(at('headline'));
  at('pages').replaceChildren();
  at('place').textContent = '';
}

function showNotice() {
  show.slide = null;
  const { name } = identity();
  const words = {
    waiting: ['等待批准', name, '请管理员在控制台批准这块屏幕'],
    revoked: ['屏幕已停用', '403', '请联系管理员'],
    '': ['欢迎', at('site').textContent || '政务信息发布', '暂无需要发布的信息'],
  }[state.blocked];
  document.body.dataset.mode = state.blocked || 'empty';
  at('kicker').textContent = words[0];
  at('headline').textContent = words[1];
  at('explain').textContent = words[2];
  at('pages').replaceChildren();
  at('place').textContent = '';
}

function showSite(name) {
  at('site').textContent = name;
  document.title = `${name} · 政务信息发布`;
}

// --- the clock: Beijing time, whatever the machine thinks its zone is ---

const part = (options) => new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', ...options });
const timeOf = part({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dateOf = part({ year: 'numeric', month: 'long', day: 'numeric' });
const weekdayOf = part({ weekday: 'long' });

function showClock() {
  const moment = new Date(now());
  const trusted = state.offset !== null || moment.getFullYear() >= kBuildYear;
  document.body.dataset.clock = trusted ? 'known' : 'unknown';
  at('time').textContent = timeOf.format(moment);
  at('date').textContent = dateOf.format(moment);
  at('weekday').textContent = weekdayOf.format(moment);
  const old = state.lastContact > 0 && Date.now() - state.lastContact > kStaleAfter;
  at('stale').textContent = old ? `数据截至 ${timeOf.format(new Date(state.lastContact + (state.offset ?? 0)))}` : '';
}

// A page that runs for months starts afresh at night, when the server is there to start from.
function reloadAtNight() {
  const hour = timeOf.format(new Date(now()));
  const rested = Date.now() - state.started > 12 * 3_600_000;
  if (hour === '03:30' && rested && Date.now() - state.lastContact < 60_000) location.reload();
}

function tick() {
  const moment = Date.now();
  showClock();
  moveStage(moment);
  const message = emergency();
  if (message) {
    showEmergency(message);
  } else if (state.list && !state.blocked) {
    if (!show.slide) advance();
    else if (moment >= show.until) advance();
    else if (!isActive(show.slide)) advance();
    const done = show.slide ? Math.min((moment - show.since + 1000) / show.length, 1) : 0;
    document.documentElement.style.setProperty('--done', done.toFixed(4));
  }
  if (moment >= state.nextPoll) pollGuarded();
  if (moment >= state.nextHeartbeat && state.token) {
    state.nextHeartbeat = moment + kHeartbeatEvery;
    beat();
  }
  reloadAtNight();
}

// --- start: first what is kept, then the network ---

function keepPage() {
  if (!navigator.serviceWorker) return;
  const policy = globalThis.trustedTypes?.createPolicy('liandong', { createScriptURL: () => '/display/v1/sw.mjs' });
  const script = policy ? policy.createScriptURL('') : '/display/v1/sw.mjs';
  navigator.serviceWorker.register(script, { scope: '/display/v1/' })
    .catch((error) => { state.lastError = `service worker: ${error.message}`; });
}

async function keepAwake() {
  try {
    await navigator.wakeLock?.request('screen');
  } catch {
    // Not allowed here; the kiosk's own settings keep the screen on.
  }
}

if (state.list?.site) showSite(state.list.site);
if (state.list) show.known = new Set(state.list.slides.map((slide) => slide.id));
showNotice();
tick();
setInterval(tick, 1000);
document.addEventListener('visibilitychange', keepAwake);
keepAwake();
keepPage();
