#!/usr/bin/env node
// Takes the README's two pictures of a running demonstration: ./quickstart, then
//   node tests/browser/screenshots.mjs http://127.0.0.1:8460/ http://127.0.0.1:8461/display/v1/page

import { join } from 'node:path';
import { newProfile, openBrowser, remove } from './daemon.mjs';

const [console_address, hall_address] = process.argv.slice(2);
if (!hall_address) {
  process.stderr.write('usage: screenshots.mjs CONSOLE HALL\n');
  process.exit(2);
}
const folder = new URL('./screenshots/', import.meta.url).pathname;
const profile = await newProfile();
const browser = await openBrowser(profile, { width: 1366, height: 768 });
try {
  const page = await browser.newPage();
  await page.goto(console_address);
  await page.waitForSelector('#matrix_rows tr');
  await page.screenshot({ path: join(folder, 'console.png') });
  await page.goto(hall_address);
  await page.waitForSelector('body[data-mode="play"]');
  await page.waitForTimeout(1500);  // the slide fades in
  await page.screenshot({ path: join(folder, 'hall.png') });
} finally {
  await browser.close();
  await remove(profile);
}
