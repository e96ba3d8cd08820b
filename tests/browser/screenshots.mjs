#!/usr/bin/env node
// Takes the pictures of the README and of the operator's handbook.
//
// Of a running demonstration (./quickstart), the console and the hall page:
//   node tests/browser/screenshots.mjs http://127.0.0.1:8460/ http://127.0.0.1:8461/display/v1/page
// Of an office of its own (LIANDONG_BINARY), what people do there:
//   node tests/browser/screenshots.mjs

import { join } from 'node:path';
import { newProfile, openBrowser, remove } from './daemon.mjs';
import { Desk } from './people.mjs';

const folder = new URL('./screenshots/', import.meta.url).pathname;
const picture = (page, name, options = {}) => page.screenshot({ path: join(folder, `${name}.png`), ...options });

async function ofTheDemonstration(console_address, hall_address) {
  const profile = await newProfile();
  const browser = await openBrowser(profile, { width: 1366, height: 768 });
  try {
    const page = await browser.newPage();
    await page.goto(console_address);
    await page.waitForSelector('#matrix_rows tr');
    await picture(page, 'console');
    await page.goto(hall_address);
    await page.waitForSelector('body[data-mode="play"]');
    await page.waitForTimeout(1500);  // the slide fades in
    await picture(page, 'hall');
  } finally {
    await browser.close();
    await remove(profile);
  }
}

async function ofAnOffice() {
  const desk = new Desk();
  const { site, daemon } = desk;
  try {
    await site.start();
    site.publish('关于做好2026年冬季清洁取暖保障工作的通知', '为进一步做好清洁取暖工作，保障人民群众温暖过冬，现就有关事项通知如下。');
    await daemon.start('[review.approvers]\nnotice = 1\n', { approve_loopback_screens: false });
    const { page, people } = await desk.open();
    await people.enter('zhang', people.invite('first-token', 'zhang'));
    const hall = await desk.browser.newPage();
    await hall.goto(`${daemon.screens}/display/v1/page?name=${encodeURIComponent('一楼大厅')}`);
    await hall.waitForSelector('body[data-mode=waiting]');
    await page.goto(`${daemon.console}/screens`);
    await page.locator('#screens_rows [data-action=approve_screen]').waitFor();
    await picture(page, 'screens', { clip: { x: 0, y: 0, width: 1366, height: 520 } });
    await people.logOut();
    await people.enter('wang', people.invite('add', 'wang', '--role', 'approver'));
    await page.locator('#review button').first().click();
    await page.locator('#detail [data-action=approve]').click();
    await page.locator('#act[open]').waitFor();
    await picture(page, 'approve', { clip: { x: 300, y: 100, width: 766, height: 560 } });
    await page.click('#act_no');
    await page.click('#detail_close');
    for (let i = 1; i <= 20; i += 1) site.publish(`关于公布第${i}批行政许可事项清单的公告`, '正文。', `/mass/${i}.html`);
    await page.setViewportSize({ width: 1366, height: 1400 });
    const sources = page.locator('section.panel', { has: page.locator('#sources') });
    await sources.locator('.look summary').click();
    await picture(sources, 'held');
  } finally {
    await desk.close();
  }
}

const [console_address, hall_address] = process.argv.slice(2);
if (hall_address) await ofTheDemonstration(console_address, hall_address);
else if (process.env.LIANDONG_BINARY) await ofAnOffice();
else {
  process.stderr.write('usage: screenshots.mjs CONSOLE HALL, or with LIANDONG_BINARY set: screenshots.mjs\n');
  process.exit(2);
}
