// Who may log in, and which programs may ask: kept by an administrator.

import { actionButtons, get, keepPage, showMe, showOnce } from './console_actions.mjs';
import { age, at, chip, fullTime, make, showTable, titleOf } from './console_page.mjs';
import { say, showWordsOf } from './console_words.mjs';

const view = { me: { users: false, may: [] }, you: '' };
// Lists, as far as they were asked for: a page a time, each with the cursor of the next.
const users = { path: 'users', cursor: 'after', rows: [], next: null };
const tokens = { path: 'tokens', cursor: 'before', rows: [], next: null };

const whenUsed = (time) => make('span', { title: fullTime(time), text: time ? age(time) : say('never') });

const reachOf = (who) => titleOf(view.me.organisations, who.organisation) || say('all_organisations');

// --- users ---

const kChips = { active: 'delivered', invited: 'queued', disabled: 'cancelled' };

function stateOf(user) {
  if (user.state === 'active' && Date.parse(user.locked_until) > Date.now()) return chip('held', say('user_locked'));
  return chip(kChips[user.state], say(`user_${user.state}`));
}

async function showToken(answer) {
  if (answer.secret) showOnce(say('token_of', answer.name), say('token_words'), [answer.secret]);
  await refresh();
}

function userButtons(user) {
  if (user.user === view.you) return [make('small', { text: say('yourself') })];
  const actions = ['change_role'];
  if (user.role !== 'approver') actions.push('reset_user');  // on the server only
  if (user.state === 'active') actions.push('log_out_user');
  if (user.state !== 'disabled') actions.push('disable_user');
  const kPaths = { change_role: 'role', reset_user: 'reset', log_out_user: 'log_out', disable_user: 'disable' };
  return actionButtons(actions, user.name, (action) => `users/${user.id}/${kPaths[action]}`, showToken);
}

function showUsers() {
  at('users_tools').replaceChildren(...actionButtons(['invite'], '', () => 'users', showToken));
  showTable('users', ['user_name', 'role', 'organisation', 'state', 'last_login', 'sessions', 'codes', 'user_number', 'actions'].map((name) => say(name)),
    users.rows.map((user) => [make('b', { text: user.name }), say(`role_${user.role}`), reachOf(user), stateOf(user), whenUsed(user.logged_in_at),
      String(user.sessions), String(user.recovery_codes_left), make('small', { text: user.user }), userButtons(user)]));
}

// --- tokens ---

function tokenState(token) {
  if (token.revoked_at) return chip('cancelled', say('token_revoked'));
  return token.works ? chip('delivered', say('token_works')) : chip('late', say('token_ended'));
}

function showTokens() {
  at('tokens_tools').replaceChildren(...actionButtons(['make_token'], '', () => 'tokens', showToken));
  at('tokens_empty').hidden = tokens.rows.length > 0;
  showTable('tokens', ['program', 'role', 'organisation', 'state', 'ends', 'bound_to', 'last_use', 'from', 'token_number', 'actions'].map((name) => say(name)),
    tokens.rows.map((token) => [make('b', { text: token.name }), say(`role_${token.role}`), reachOf(token), tokenState(token),
      fullTime(token.ends_at).slice(0, 10), token.addresses || say('anywhere'), whenUsed(token.used_at), token.used_from || '—', make('small', { text: token.token }),
      token.revoked_at ? [] : actionButtons(['revoke_token'], token.name, () => `tokens/${token.id}/revoke`, refresh)]));
}

// --- the page ---

function showWords() {
  showWordsOf(document);
  showMe(view.me);
  showUsers();
  showTokens();
  for (const list of [users, tokens]) at(`${list.path}_more`).hidden = list.next === null;
}

// Anew what is shown, at most 200 rows of it; or the next page.
async function readList(list, more = false) {
  const limit = more ? 50 : Math.min(Math.max(list.rows.length, 50), 200);
  const page = await get(list.path, { limit, [list.cursor]: more ? list.next : undefined });
  list.rows = more ? [...list.rows, ...page[list.path]] : page[list.path];
  list.next = page.next;
  return page;
}

async function read() {
  view.me = await get('session');
  view.you = (await readList(users)).you;
  await readList(tokens);
}

const refresh = keepPage(read, showWords, 30_000);
for (const list of [users, tokens]) {
  at(`${list.path}_more`).addEventListener('click', async () => {
    await readList(list, true).catch((error) => { at(`${list.path}_more`).title = error.message; });
    showWords();
  });
}
