// The report of a year, a quarter or a month: its sections as the server says them, its charts as the pictures the
// report itself holds, its files to download, and behind each figure the ledger entries it counts.

import { get } from './console_actions.mjs';
import { at, fillSelect, fullTime, make } from './console_page.mjs';
import { eventName, say } from './console_words.mjs';

const kFormats = ['html', 'xlsx', 'csv', 'json', 'text'];
const kYears = 10;
export const kEver = 'ever';
const kTries = 10;

const yearNow = () => Number(new Intl.DateTimeFormat('en', { timeZone: 'Asia/Shanghai', year: 'numeric' }).format(new Date()));

// The choice of a year, and of a quarter or a month of it.
export function fillPeriod(name, more = []) {
  const now = yearNow();
  const years = Array.from({ length: kYears }, (_, index) => String(now - index));
  fillSelect(at(`${name}_year`), [...years.map((year) => [year, say('year_number', year)]), ...more], say('this_year'));
  fillSelect(at(`${name}_part`), [...[1, 2, 3, 4].map((quarter) => [`Q${quarter}`, say('quarter_number', quarter)]),
    ...Array.from({ length: 12 }, (_, index) => [String(index + 1), say('month_number', index + 1)])], say('whole_year'));
}

// As the API takes it.
export function periodOf(year, part) {
  if (year === kEver) return {};
  return {
    year: year || String(yearNow()),
    quarter: part.startsWith('Q') ? part.slice(1) : '',
    month: part.startsWith('Q') ? '' : part,
  };
}

// Another one is being made: a moment later.
export async function whenFree(path, parameters) {
  for (let i = 0; ; i += 1) {
    try {
      return await get(path, parameters, 120);
    } catch (error) {
      if (error.status !== 503 || i === kTries) throw error;
      await new Promise((done) => { setTimeout(done, 1500); });
    }
  }
}

export class Report {
  #chosen;
  #made = null;
  #isMaking = false;
  #asked = 0;

  // `chosen`: what the filters say.
  constructor(chosen) {
    this.#chosen = chosen;
    at('why_close').addEventListener('click', () => at('why').close());
  }

  #parameters() {
    const { report_year: year, report_part: part, report_of: organisation } = this.#chosen();
    return { ...periodOf(year, part), organisation };
  }

  async read() {
    this.#made = null;
    this.#asked += 1;
    const mine = this.#asked;
    this.#isMaking = true;
    this.#showState();
    try {
      const made = await whenFree('report', this.#parameters());
      if (mine === this.#asked) this.#made = made;  // else something else was chosen since
    } finally {
      if (mine === this.#asked) this.#isMaking = false;
    }
  }

  #showState() {
    at('report_body').setAttribute('aria-busy', String(this.#isMaking));
    if (this.#isMaking) at('report_state').textContent = say('report_is_made');
    else at('report_state').textContent = this.#made?.subtitle ?? '';
  }

  // Of the same moment as what is shown: the same figures.
  #address(format) {
    const query = Object.entries({ ...this.#parameters(), as_of: this.#made.as_of, format }).filter(([, value]) => value !== '');
    return `/api/v1/report/file?${new URLSearchParams(query)}`;
  }

  show(organisations) {
    fillPeriod('report');
    fillSelect(at('report_of'), organisations.map(({ name, title }) => [name, title]), say('all_organisations'));
    at('report_of').hidden = organisations.length === 0;
    this.#showState();
    if (!this.#made) {
      at('report_files').replaceChildren();
      at('report_body').replaceChildren();
      return;
    }
    at('report_files').replaceChildren(make('span', { text: say('download') }), ...kFormats.map((format) =>
      make('a', { class: 'button small', href: this.#address(format), download: true, data_format: format, text: say(`format_${format}`) })));
    at('report_body').replaceChildren(make('h2', { text: this.#made.title }), ...this.#made.sections.map((section) => this.#section(section)));
  }

  #section(section) {
    const sentences = (lines) => lines.map((text) => make('p', { text }));
    return make('details', { open: section.chart !== null || section.grids.some((grid) => grid.name === 'completeness') },
      make('summary', { text: section.title }), ...sentences(section.before),
      section.chart ? make('div', { class: 'wide', tabindex: 0 }, make('img', { alt: section.chart.title, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(section.chart.svg)}` })) : null,
      ...section.grids.flatMap((grid) => this.#grid(grid, section.grids.length > 1)), ...sentences(section.after));
  }

  #grid(grid, isTitled) {
    const title = isTitled ? make('h3', { text: grid.title }) : null;
    if (grid.rows.length === 0) return [title, make('p', { text: grid.if_empty })];
    const head = make('tr', {}, ...grid.columns.map((column) => make('th', { scope: 'col', class: column.is_text ? undefined : 'number', text: column.title })));
    const rows = grid.rows.map((row) => make('tr', {}, ...row.map((cell, index) =>
      make('td', { data_head: grid.columns[index].title, class: grid.columns[index].is_text ? undefined : 'number' }, this.#cell(cell)))));
    const cut = grid.rows_in_all > grid.rows.length ? make('p', { text: say('only_first_rows', grid.rows.length, grid.rows_in_all) }) : null;
    return [title, make('div', { class: 'wide', tabindex: 0 }, make('table', { class: 'list' }, make('thead', {}, head), make('tbody', {}, ...rows))), cut];
  }

  #cell(cell) {
    if (!cell.figure) return make('span', { text: cell.text });
    return make('button', { type: 'button', class: 'figure', title: say('why_figure'), data_figure: cell.figure, text: cell.text,
      on: { click: () => this.#explain(cell) } });
  }

  // What a figure counts.
  async #explain(cell) {
    at('why_title').textContent = say('what_it_counts', cell.text);
    at('why_body').replaceChildren(make('p', { text: say('report_is_made') }));
    if (!at('why').open) at('why').showModal();
    try {
      this.#showWhy(await whenFree('report/why', { figure: cell.figure, as_of: this.#made.as_of, limit: 50 }));
    } catch (error) {
      at('why_body').replaceChildren(make('p', { class: 'fault', text: error.message }));
    }
  }

  #showWhy(why) {
    const parts = why.parts.map((part) => make('details', {},
      make('summary', { text: [`+${part.adds}`, part.item ? say('item_number', part.item) : '', part.words].filter(Boolean).join('  ') }),
      make('ol', { class: 'entries' }, ...part.entries.map((entry) => make('li', {}, make('time', { datetime: entry.ts, text: fullTime(entry.ts) }),
        make('div', { class: 'event' }, make('b', { text: eventName(entry.event) }), make('span', { text: say('entry_number', entry.seq) })),
        make('pre', { tabindex: 0, text: JSON.stringify(entry) }))))));
    at('why_body').replaceChildren(make('p', {}, make('code', { text: `liandong report --why ${why.figure}` })),
      ...parts, why.parts.length < why.parts_in_all ? make('p', { text: say('only_first_rows', why.parts.length, why.parts_in_all) }) : '');
  }
}
