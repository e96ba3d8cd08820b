// What every page of the console makes its elements and its times with.

import { say } from './console_words.mjs';

export const at = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'on') for (const [event, action] of Object.entries(value)) element.addEventListener(event, action);
    else if (name.startsWith('data_')) element.dataset[name.slice(5)] = value;
    else if (name === 'text') element.textContent = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Only web addresses become links: a document's URL came from outside.
export const webAddress = (text) => (/^https?:\/\//.test(text ?? '') ? text : undefined);

// --- times, in Beijing ---

const formatter = (options) =>
  new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', hourCycle: 'h23', ...options });
const two = '2-digit';
const dayOf = formatter({ year: 'numeric', month: two, day: two });
const clockOf = formatter({ hour: two, minute: two, second: two });
const shortOf = formatter({ month: two, day: two, hour: two, minute: two });

export function shortTime(text) {
  if (!text) return '';
  const time = new Date(text);
  return dayOf.format(time) === dayOf.format(new Date()) ? clockOf.format(time) : dashed(shortOf.format(time));
}
const dashed = (date) => date.replaceAll('/', '-');
export const fullTime = (text) => (text ? `${dashed(dayOf.format(new Date(text)))} ${clockOf.format(new Date(text))}` : '');

export function age(text) {
  if (!text) return say('never');
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(text)) / 1000));
  if (seconds < 60) return say('seconds_ago', seconds);
  if (seconds < 3600) return say('minutes_ago', Math.round(seconds / 60));
  if (seconds < 172800) return say('hours_ago', Math.round(seconds / 3600));
  return say('days_ago', Math.round(seconds / 86400));
}

export function fillSelect(select, options, first) {
  const chosen = select.value;
  select.replaceChildren(...[['', first], ...options].map(([value, text]) => make('option', { value, text })));
  select.value = options.some(([value]) => value === chosen) ? chosen : '';
}

// What a list is narrowed to, kept in the page's address: a reload and a colleague see the same. `fields`: the
// parameter of each field, by its id. `changed` is called when a person chose otherwise.
export function addressFilters(fields, changed) {
  const address = new URLSearchParams(location.search);
  const values = Object.fromEntries(Object.values(fields).map((name) => [name, address.get(name) ?? '']));
  for (const [id, name] of Object.entries(fields)) {
    at(id).addEventListener(at(id).type === 'search' ? 'input' : 'change', () => {
      values[name] = at(id).value.trim();
      const query = new URLSearchParams(location.search);
      if (values[name]) query.set(name, values[name]);
      else query.delete(name);
      history.replaceState(null, '', query.size > 0 ? `?${query}` : location.pathname);
      changed();
    });
  }
  return {
    values,
    // Into the fields, once they have their options.
    show() {
      for (const [id, name] of Object.entries(fields)) if (at(id) !== document.activeElement) at(id).value = values[name];
    },
  };
}

// What people call an organisation; a name that is not in force stays as it is.
export const titleOf = (organisations, name) => organisations?.find((one) => one.name === name)?.title ?? name ?? '';

// 微博, or 微博 second_account. `types`: of the channels that are configured.
export function nameOfChannel(types, name) {
  const type = types?.[name];
  if (!type) return name;
  return type === name ? say(`type_${type}`) : `${say(`type_${type}`)} ${name}`;
}

// A table whose head is `${name}_head` and whose rows are `${name}_rows`; on a telephone each cell says its head.
export function showTable(name, heads, rows) {
  at(`${name}_head`).replaceChildren(...heads.map((head) => make('th', { scope: 'col', text: head })));
  at(`${name}_rows`).replaceChildren(...rows.map((cells) => make('tr', {},
    ...cells.map((cell, index) => make('td', { data_head: heads[index] }, ...[cell].flat())))));
}

export const chip = (state, text) => make('span', { class: 'chip', data_state: state, text });
