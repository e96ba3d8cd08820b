#!/usr/bin/env node
// The console page against the real daemon.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Daemon, kSite, newProfile, openBrowser, remove, Site, until, watchPage } from './daemon.mjs';

const kHostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>通知`;

// Escaped once more than a feed needs: markup in a title is dropped at the source, words about markup stay.
const asWritten = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const site = new Site();
const daemon = new Daemon(site);
let profile;
let browser;
let page;
let faults;

before(async () => {
  await site.start();
  site.publish('关于做好2026年冬季清洁取暖保障工作的通知', '正文一。');
  site.publish(asWritten(kHostile), '正文二。');
  await daemon.start();
  await daemon.delivered(2);
  profile = await newProfile();
  browser = await openBrowser(profile, { width: 1366, height: 768 });
  page = await browser.newPage();
  faults = watchPage(page, new URL(daemon.console).origin);
  await page.goto(daemon.console);
  await page.waitForSelector('#matrix_rows tr');
});

after(async () => {
  await browser?.close();
  await daemon.stop();
  await site.stop();
  if (profile) await remove(profile);
});

test('shows the site, the items and where they are', async () => {
  assert.equal(await page.locator('#site').textContent(), kSite);
  assert.equal(await page.locator('#matrix_rows tr').count(), 2);
  assert.equal(await page.locator('#matrix_rows .chip[data-state="delivered"]').count(), 2);
  assert.ok((await page.locator('#log li').count()) > 0);
});

test('shows hostile text as text', async () => {
  assert.ok((await page.locator('#matrix_rows').textContent()).includes('<script>alert(2)</script>'));
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.deepEqual(faults, []);
});

test('follows what happens without a reload', async () => {
  site.publish('关于公布行政规范性文件清理结果的公告', '正文三。');
  await page.locator('#matrix_rows').getByText('清理结果').waitFor({ timeout: 30_000 });
  await until('its delivery', async () => (await page.locator('#matrix_rows .chip[data-state="delivered"]').count()) === 3);
  assert.equal(await page.locator('#live').getAttribute('data-state'), 'on');
});

test('finds by title and by word', async () => {
  await page.fill('#item_text', '取暖');
  await until('one row', async () => (await page.locator('#matrix_rows tr').count()) === 1);
  await page.fill('#item_text', '');
  await page.selectOption('#log_event', 'item.found');
  await until('only that event', async () => {
    const names = await page.locator('#log .event b').allTextContents();
    return names.length === 3 && names.every((name) => name === '发现');
  });
  await page.selectOption('#log_event', '');
  await until('all rows again', async () => (await page.locator('#matrix_rows tr').count()) === 3);
});

test('narrows the items by channel, state and day, from the keyboard, and keeps that in the address', async () => {
  const rows = page.locator('#matrix_rows tr');
  const all = await rows.count();
  const shown = (count, what) => until(what, async () => (await rows.count()) === count);
  await page.focus('#item_channel');
  await page.keyboard.press('ArrowDown');
  await until('the address', () => new URL(page.url()).searchParams.get('channel') === 'hall');
  await shown(all, 'the channel\'s');
  await page.selectOption('#item_state', 'failed');
  await page.locator('#matrix_empty').getByText('没有符合条件的信息').waitFor();
  await page.selectOption('#item_state', 'delivered');
  await shown(all, 'the delivered');
  await page.fill('#item_since', '2100-01-01');
  await shown(0, 'nothing of the next century');
  await page.reload();
  await page.locator('#matrix_empty').getByText('没有符合条件的信息').waitFor();
  await until('the channel of the address', async () => (await page.inputValue('#item_channel')) === 'hall');
  assert.equal(await page.inputValue('#item_state'), 'delivered');
  assert.equal(await page.inputValue('#item_since'), '2100-01-01');
  await page.fill('#item_since', '');
  await page.selectOption('#item_state', '');
  await page.selectOption('#item_channel', '');
  await shown(all, 'all again');
  assert.equal(new URL(page.url()).search, '');
});

test('tells one item whole', async () => {
  await page.locator('#matrix_rows').getByText('取暖').click();
  await page.locator('#detail[open]').waitFor();
  // The delivery, and what is owed until a screen has fetched the list.
  assert.equal(await page.locator('#detail_body .delivery').count(), 2);
  const story = await page.locator('#detail_body .story').allInnerTexts();
  assert.ok(story.join().includes('在网站上首次看到'), story.join());
  assert.ok(story.join().includes('发布成功'), story.join());
  assert.ok(story.join().includes('等获批的屏幕取走'), story.join());
  assert.ok(!(await page.locator('#detail_body details li').first().isVisible()));
  await page.click('#detail_body summary');
  assert.ok((await page.locator('#detail_body details li:visible').count()) >= 3);
  if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/console-item.png` });
  await page.click('#detail_close');
});

test('warns of an old backup, of a mass change and of posts that strayed', async () => {
  await page.route('**/api/v1/status', async (route) => {
    const reply = await route.fetch();
    const status = await reply.json();
    status.restored = { ledger_size: 10, checkpoint_size: 90 };
    status.sources[0].held = 31;
    status.sources[0].held_look = {
      parts: [{ purpose: 'publish', items: 31, deliveries: 31 }], why: { zh: '一次出现 31 条新信息', en: '31 new items' }, since: status.at, titles: ['第1号'],
    };
    status.channels[0].drifted = 2;
    await route.fulfill({ response: reply, json: status });
  });
  await page.reload();
  await page.locator('#restored').waitFor();
  assert.match(await page.locator('#restored').textContent(), /10 条.*90 条.*release --all/);
  assert.match(await page.locator('#sources').textContent(), /31 条推送.*release --source/);
  assert.match(await page.locator('#channels').textContent(), /2 条已推送的内容/);
  if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/console-alarms.png` });
  await page.unrouteAll({ behavior: 'wait' });
  await page.reload();
  await page.waitForSelector('#matrix_rows tr');
  assert.ok(await page.locator('#restored').isHidden());
});

test('speaks English too, and remembers it', async () => {
  await page.click('#language');
  assert.equal(await page.locator('#matrix_title').textContent(), 'Items × channels');
  await page.reload();
  assert.equal(await page.locator('#matrix_title').textContent(), 'Items × channels');
  await page.click('#language');
});

test('fits a desk and a telephone', async () => {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(viewport);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `${wide} px wide at ${viewport.width}`);
    if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/console-${viewport.width}.png` });
  }
});

test('says when the daemon is gone, and that it is back', async () => {
  await daemon.halt();
  await page.locator('#live[data-state="off"]').waitFor({ timeout: 15_000 });
  await daemon.run();
  await page.locator('#live[data-state="on"]').waitFor({ timeout: 30_000 });
});

test('answers only to this machine, and cannot be framed', async () => {
  const { request } = await import('node:http');
  const status = await new Promise((done, fail) => {
    request(`${daemon.console}/api/v1/status`, { headers: { Host: 'rebound.example' } }, (reply) => done(reply.statusCode))
      .on('error', fail).end();
  });
  assert.equal(status, 421);

  const frame = await browser.newPage();
  await frame.setContent(`<iframe src="${daemon.console}/"></iframe>`);
  await frame.waitForTimeout(500);
  assert.equal(await frame.frames()[1].locator('#matrix').count(), 0);
});
