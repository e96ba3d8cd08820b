#!/usr/bin/env node
// The page of hall screens, and a screen beside it: approved, told of an emergency, which ends by itself
// also without the server, and an item that is pinned.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './daemon.mjs';
import { Desk } from './people.mjs';

const desk = new Desk();
const { site, daemon } = desk;
let people;
let page;
let hall;
let faults;

const shot = (of, name) => desk.shot(name, {}, of);

async function act(button, fields = {}) {
  await button.click();
  await page.locator('#act[open]').waitFor();
  for (const [field, value] of Object.entries(fields)) await page.fill(`#act_${field}`, value);
  await page.click('#act_yes');
  await page.locator('#act[open]').waitFor({ state: 'detached' });
}

before(async () => {
  await site.start();
  for (let i = 1; i <= 3; i += 1) site.publish(`关于第${i}号事项的公告`, '正文。');
  await daemon.start('', { approve_loopback_screens: false });
  await daemon.delivered(3);
  ({ page, people, faults } = await desk.open());
  hall = await desk.browser.newPage();
  await hall.goto(`${daemon.screens}/display/v1/page?name=lobby`);
  await hall.waitForSelector('body[data-mode=waiting]');
  await people.enter('zhang', people.invite('first-token', 'zhang'));
});

after(() => desk.close());

test('a screen that waits is approved on the page and plays', async () => {
  await page.goto(`${daemon.console}/screens`);
  const row = page.locator('#screens_rows tr').filter({ hasText: 'lobby' });
  await row.getByText('待批准').waitFor();
  await act(row.locator('[data-action=approve_screen]'));
  await row.locator('[data-action=group_screen]').waitFor();
  await hall.waitForSelector('body[data-mode=play]', { timeout: 40_000 });
  await act(row.locator('[data-action=group_screen]'));
  await shot(page, 'screens');
  assert.equal(await page.locator('[data-action=show_emergency]').count(), 0, 'an administrator publishes nothing');
  await people.logOut();
});

test('an approver shows an emergency message, and nothing else is shown until it is ended', async () => {
  await people.enter('wang', people.invite('add', 'wang', '--role', 'approver'));
  await page.goto(`${daemon.console}/screens`);
  await act(page.locator('[data-action=show_emergency]'), { message_title: '消防演练<b>', message_text: '请有序撤离', minutes: '5' });
  await hall.waitForSelector('body[data-mode=emergency]', { timeout: 40_000 });
  assert.equal(await hall.locator('#headline').textContent(), '消防演练<b>');
  assert.ok(await hall.locator('#slide').isHidden());
  await hall.setViewportSize({ width: 1920, height: 1080 });
  await shot(hall, 'hall-emergency');
  await hall.setViewportSize({ width: 1366, height: 768 });
  await act(page.locator('[data-action=end_emergency]'));
  await hall.waitForSelector('body[data-mode=play]', { timeout: 40_000 });
});

test('a message ends by itself without the server', async () => {
  await act(page.locator('[data-action=show_emergency]'), { message_title: '一分钟', minutes: '1' });
  await hall.waitForSelector('body[data-mode=emergency]', { timeout: 40_000 });
  await hall.route('**/display/v1/list*', (route) => route.abort());
  await hall.waitForSelector('body[data-mode=play]', { timeout: 80_000 });
  await hall.unroute('**/display/v1/list*');
});

test('what is pinned comes first', async () => {
  await page.goto(daemon.console);
  await page.locator('#matrix_rows').getByText('第1号').click();
  await act(page.locator('#detail_body [data-action=pin]'));
  await page.goto(`${daemon.console}/screens`);
  await page.locator('#pins_rows').getByText('第1号').waitFor();
  const first = () => hall.evaluate(() => {
    const { slides } = JSON.parse(localStorage.getItem('liandong.list'));
    return slides.find((slide) => slide.pinned_to)?.title;
  });
  await until('the screen knows', async () => (await first())?.includes('第1号'), 40);
  await act(page.locator('[data-action=unpin]'));
  await page.locator('#pins_empty').waitFor();
  assert.deepEqual(faults, []);
});
