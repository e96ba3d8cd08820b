// The hall's screens: which there are and how they are, and what a person puts on them.

import { actionButtons, get, inputOf, keepPage, showMe } from './console_actions.mjs';
import { age, at, chip, fillSelect, fullTime, make, showTable } from './console_page.mjs';
import { say, showWordsOf } from './console_words.mjs';

const view = { me: { users: false, may: [] }, groups: [], screens: [], emergencies: [], pins: [] };

const heads = (...names) => names.map((name) => say(name));
const groupName = (group) => group || say('all_screens');

function showEmergencies() {
  at('emergencies_tools').replaceChildren(...actionButtons(['show_emergency'], '', () => 'emergencies', refresh));
  at('emergencies_empty').hidden = view.emergencies.length > 0;
  showTable('emergencies', heads('head_title', 'head_text', 'screen_group', 'ends', 'made_by', 'actions'),
    view.emergencies.map((message) => [make('b', { text: message.title }), message.text, groupName(message.group),
      fullTime(message.ends_at).slice(0, 16), make('small', { text: message.made_by }),
      actionButtons(['end_emergency'], message.title, () => `emergencies/${message.id}/end`, refresh)]));
}

function stateOf(screen) {
  if (screen.state === 'waiting') return chip('held', say('screen_waiting'));
  if (screen.state === 'revoked') return chip('cancelled', say('screen_revoked'));
  return screen.heard ? chip('delivered', say('screen_heard')) : chip('late', say('screen_silent'));
}

function screenButtons(screen) {
  const actions = { waiting: ['approve_screen', 'revoke_screen'], approved: ['group_screen', 'revoke_screen'], revoked: [] }[screen.state];
  const kPaths = { approve_screen: 'approve', revoke_screen: 'revoke', group_screen: 'group' };
  return actionButtons(actions, screen.name, (action) => `screens/${screen.id}/${kPaths[action]}`, refresh);
}

function showScreens() {
  at('screens_empty').hidden = view.screens.length > 0;
  showTable('screens', heads('its_name', 'state', 'screen_group', 'last_heard', 'resolution', 'from', 'last_error', 'actions'),
    view.screens.map((screen) => [make('b', { text: screen.name }), stateOf(screen), groupName(screen.group),
      make('span', { title: fullTime(screen.seen_at), text: screen.seen_at ? age(screen.seen_at) : say('never') }),
      screen.report?.resolution || '—', screen.report?.address || '—', screen.report?.last_error || '—', screenButtons(screen)]));
}

function showPins() {
  at('pins_empty').hidden = view.pins.length > 0;
  showTable('pins', heads('item', 'ends', 'actions'), view.pins.map((pin) => [make('b', { text: pin.title }),
    fullTime(pin.ends_at).slice(0, 16), actionButtons(['unpin'], pin.title, () => `items/${pin.item}/unpin`, refresh)]));
}

function showWords() {
  fillSelect(inputOf('group'), view.groups.map((group) => [group, group]), say('all_screens'));
  showWordsOf(document);
  showMe(view.me);
  showEmergencies();
  showScreens();
  showPins();
}

async function read() {
  view.me = await get('session');
  Object.assign(view, await get('screens'));
}

const refresh = keepPage(read, showWords, 10_000);
