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

// The longest there can be.
const kLongTitle = '因'.repeat(39) + '终';
const kLongText = '请'.repeat(199) + '完';

test('an emergency message is shown whole on every screen, and does not stand still', async () => {
  await act(page.locator('[data-action=show_emergency]'), { message_title: kLongTitle, message_text: kLongText, minutes: '5' });
  await hall.waitForSelector('body[data-mode=emergency]', { timeout: 40_000 });
  for (const viewport of [{ width: 1920, height: 1080 }, { width: 1080, height: 1920 }, { width: 3840, height: 2160 }, { width: 1280, height: 400 }]) {
    await hall.setViewportSize(viewport);
    await until(`the message fits ${viewport.width}x${viewport.height}`, () => hall.evaluate(() => {
      const notice = document.getElementById('notice');
      const [head, text] = ['headline', 'explain'].map((id) => document.getElementById(id).getBoundingClientRect());
      const box = notice.getBoundingClientRect();
      return notice.dataset.drawn.endsWith(`${innerWidth}x${innerHeight}`) && head.top >= box.top && text.bottom <= box.bottom &&
        text.height > 0 && head.right <= innerWidth && text.right <= innerWidth;
    }));
    await shot(hall, `hall-emergency-${viewport.width}`);
  }
  // What stands there is a pixel or two away a little later.
  const place = () => hall.evaluate(() => document.documentElement.style.getPropertyValue('--dx') + document.documentElement.style.getPropertyValue('--dy'));
  const before = await place();
  await until('it has moved', async () => (await place()) !== before, 30);
});

test('on a strip of lamps a line longer than it runs through to its last letter', async () => {
  await hall.setViewportSize({ width: 1280, height: 160 });
  const whole = `紧急通知　${kLongTitle}　${kLongText}`;
  await until('one line', async () => (await hall.locator('#headline').textContent()) === whole);
  // Where the first and the last letter are at the begin and at the end of a run.
  const places = await hall.evaluate(() => {
    const line = document.getElementById('headline');
    const letters = line.firstChild;
    const at = (index) => {
      const range = document.createRange();
      range.setStart(letters, index);
      range.setEnd(letters, index + 1);
      return range.getBoundingClientRect();
    };
    const [run] = line.getAnimations();
    run.pause();
    const { duration } = run.effect.getComputedTiming();
    const seen = [0, duration - 1].map((time) => {
      run.currentTime = time;
      return { first: at(0).left, last: at(letters.length - 1).right, top: at(0).top, bottom: at(0).bottom };
    });
    run.play();
    return { seen, duration, wide: innerWidth, high: innerHeight };
  });
  assert.ok(places.seen[0].first >= 0 && places.seen[0].last > places.wide, JSON.stringify(places));
  assert.ok(places.seen[1].last <= places.wide && places.seen[1].first < 0, JSON.stringify(places));
  assert.ok(places.seen[0].top >= 0 && places.seen[0].bottom <= places.high, JSON.stringify(places));
  const seconds = places.duration / 1000;
  assert.ok(whole.length / seconds < 7, `${whole.length} letters in ${seconds} s`);
  await shot(hall, 'hall-strip');
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
