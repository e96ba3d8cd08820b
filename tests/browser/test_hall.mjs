#!/usr/bin/env node
// The hall page against the real daemon: it shows what was published, keeps showing it without a
// server and after a restart of the browser, and drops what was withdrawn or is over.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Daemon, kSite, newProfile, openBrowser, remove, Site, until, watchPage } from './daemon.mjs';

const kHostile = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'><svg/onload=alert(3)> javascript:alert(4) 通知`;
const kLandscape = { width: 1920, height: 1080 };
const kPortrait = { width: 1080, height: 1920 };

// Escaped once more than a feed needs: markup in a title is dropped at the source, words about markup stay.
const asWritten = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const site = new Site();
const daemon = new Daemon(site);
let profile;
let browser;
let page;
let faults;

const text = (id) => page.locator(`#${id}`).textContent();
const address = () => `${daemon.screens}/display/v1/page`;

async function open() {
  page = await browser.newPage();
  faults = watchPage(page, new URL(daemon.screens).origin);
  await page.goto(address());
}

before(async () => {
  await site.start();
  site.publish('关于做好2026年冬季清洁取暖保障工作的通知',
    '为进一步做好2026年冬季清洁取暖工作，保障人民群众温暖过冬，现就有关事项通知如下。'.repeat(4));
  site.publish(asWritten(kHostile), '正文');
  await daemon.start();
  await daemon.delivered(2);
  profile = await newProfile();
  browser = await openBrowser(profile, kLandscape);
  await open();
  await page.waitForSelector('body[data-mode="play"]');
});

after(async () => {
  await browser?.close();
  await daemon.stop();
  await site.stop();
  if (profile) await remove(profile);
});

test('shows the site, the slide, its QR code and the time', async () => {
  assert.equal(await text('site'), kSite);
  assert.ok((await text('title')).length > 0);
  assert.match(await page.locator('#modules').getAttribute('d'), /^M0 0h7v1h-7z/);
  assert.match(await text('time'), /^\d\d:\d\d$/);
  assert.match(await text('weekday'), /^星期/);
});

test('type is large enough and nothing overflows, in both orientations', async () => {
  for (const viewport of [kLandscape, kPortrait]) {
    await page.setViewportSize(viewport);
    const seen = await page.evaluate(() => {
      const size = (id) => parseFloat(getComputedStyle(document.getElementById(id)).fontSize);
      return { body: size('body'), title: size('title'), qr: document.getElementById('qr').getBoundingClientRect().width,
        wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight };
    });
    assert.ok(seen.body >= 44, `body text of ${seen.body} px`);
    assert.ok(seen.title >= seen.body, `title of ${seen.title} px`);
    assert.ok(seen.qr >= 216, `QR code of ${seen.qr} px`);
    assert.ok(seen.wide <= viewport.width && seen.high <= viewport.height);
    if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/hall-${viewport.width}.png` });
  }
  await page.setViewportSize(kLandscape);
});

test('shows hostile text as text', async () => {
  await until('the hostile title', async () => (await text('title')).includes('onerror'), 60);
  assert.equal(await page.locator('#slide img, #slide script, #slide svg[onload]').count(), 0);
  assert.deepEqual(faults, []);
});

test('tells the daemon that it is there', async () => {
  await until('a heartbeat', async () => (await daemon.get('status')).screens.seen === 1);
});

test('a new document is on the screen soon', async () => {
  site.publish('关于启动暴雪橙色预警应急响应的通知', '请注意防范。');
  await until('the new title', async () => (await page.locator('#upcoming, #title').allTextContents()).join().includes('暴雪'), 60);
});

test('plays on without a server, and after a restart of the browser', async () => {
  await until('the page is kept', () => page.evaluate(() => navigator.serviceWorker.controller !== null));
  await daemon.halt();
  assert.ok((await text('title')).length > 0);
  await browser.close();

  browser = await openBrowser(profile, kLandscape);
  await open();

  await page.waitForSelector('body[data-mode="play"]');
  assert.equal(await text('site'), kSite);
  assert.ok((await text('title')).length > 0);
  // Ten minutes later it says how old this is.
  await page.evaluate(() => localStorage.setItem('liandong.last_contact', JSON.stringify(Date.now() - 11 * 60_000)));
  await page.reload();
  await until('the age of the data', async () => /^数据截至 \d\d:\d\d$/.test(await text('stale')));
});

test('goes on with the list when the server is back', async () => {
  await daemon.run();
  await until('no age any more', async () => (await text('stale')) === '', 90);
  assert.equal(await page.locator('body').getAttribute('data-mode'), 'play');
});

test('what is over vanishes without the network', async () => {
  await page.route('**/display/v1/list', (route) => route.abort());
  await page.evaluate(() => {
    const list = JSON.parse(localStorage.getItem('liandong.list'));
    for (const slide of list.slides) slide.to = new Date(Date.now() + 4000).toISOString();
    localStorage.setItem('liandong.list', JSON.stringify(list));
  });
  await page.reload();
  await page.waitForSelector('body[data-mode="play"]');

  await page.waitForSelector('body[data-mode="empty"]', { timeout: 15_000 });
});

test('is no window into the console', async () => {
  for (const path of ['/', '/api/v1/status', '/metrics', '/assets/console.mjs']) {
    const reply = await fetch(`${daemon.screens}${path}`, { redirect: 'manual' });
    assert.notEqual(reply.status, 200, path);
  }
});
