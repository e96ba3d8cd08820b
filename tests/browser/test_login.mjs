#!/usr/bin/env node
// The console's people in a browser: taking over an account, logging in, letting out what is held, and
// who may not.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Daemon, newProfile, openBrowser, remove, Site, until, watchPage } from './daemon.mjs';

const kPassword = 'Winter-Heating-26';
const site = new Site();
const daemon = new Daemon(site);
const secrets = {};
let profile;
let browser;
let page;
let faults;

const shot = async (name) => {
  if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/${name}.png` });
};

function bytesOfBase32(text) {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  let bits = '';
  for (const letter of text.replaceAll(' ', '')) bits += letters.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}

function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', bytesOfBase32(secret)).update(counter).digest();
  return String((digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// A code works once: what the app shows next is taken early, as a clock that is ahead shows it.
const used = {};
async function nextCode(name) {
  const step = () => Math.floor(Date.now() / 30_000);
  await until('a new code', () => step() + 1 > (used[name] ?? 0), 40);
  used[name] = Math.max(step(), (used[name] ?? 0) + 1);
  return codeAt(secrets[name], used[name]);
}

const invite = (...words) => JSON.parse(execFileSync(process.env.LIANDONG_BINARY,
  ['--config', daemon.config, 'user', ...words, '--json'], { encoding: 'utf8' })).token;

async function takeOver(name, token) {
  if (!page.url().endsWith('/login')) await page.goto(daemon.console);
  await page.waitForURL('**/login');
  await page.click('#to_setup');
  await page.fill('#setup [name=token]', token);
  await page.click('#setup .main');
  await page.locator('#account').waitFor();
  secrets[name] = await page.locator('#secret').textContent();
}

async function finish(name, password) {
  await page.fill('#setup [name=password]', password);
  await page.fill('#setup [name=again]', password);
  await page.fill('#setup [name=code]', await nextCode(name));
  await page.click('#setup .main');
}

async function logIn(name, password, code) {
  await page.fill('#login [name=name]', name);
  await page.fill('#login [name=password]', password);
  await page.fill('#login [name=code]', code);
  await page.click('#login .main');
}

async function logOut() {
  await page.click('#log_out');
  await page.waitForURL('**/login');
}

async function openItem() {
  await page.locator('#matrix_rows').getByText('清理结果').click();
  await page.locator('#detail[open] .delivery').first().waitFor();
}

before(async () => {
  await site.start();
  site.publish('关于公布行政规范性文件清理结果的公告', '正文。');
  await daemon.start('[review.approvers]\nnotice = 1\n');
  await until('it is held', async () => ((await daemon.get('status')).states.held ?? 0) === 1);
  profile = await newProfile();
  browser = await openBrowser(profile, { width: 1366, height: 768 });
  page = await browser.newPage();
  faults = watchPage(page, new URL(daemon.console).origin);
});

after(async () => {
  await browser?.close();
  await daemon.stop();
  await site.stop();
  if (profile) await remove(profile);
});

test('without users there is nothing to log in to and nothing to decide', async () => {
  await page.goto(daemon.console);
  await openItem();
  assert.equal(await page.locator('[data-action]').count(), 0);
  assert.ok(await page.locator('#me').isHidden());
  await page.goto('about:blank');
});

test('an account is taken over with its token, and a bad password is said at its field', async () => {
  const token = invite('first-token', 'zhang');
  await takeOver('zhang', token);
  assert.match(await page.locator('#whose').textContent(), /zhang.*管理/);
  await shot('login-setup');
  await finish('zhang', 'short');
  await page.locator('#setup .fault[data-fault=password]').waitFor();
  assert.match(await page.locator('#setup .fault[data-fault=password]').textContent(), /12/);
  assert.equal(await page.inputValue('#setup [name=again]'), 'short');
  await finish('zhang', kPassword);
  await page.waitForURL(`${daemon.console}/`);
  assert.match(await page.locator('#me_name').textContent(), /zhang · 管理/);
  await logOut();
});

test('a viewer reads and decides nothing', async () => {
  await takeOver('sun', invite('add', 'sun', '--role', 'viewer'));
  await finish('sun', kPassword);
  await page.waitForURL(`${daemon.console}/`);
  await openItem();
  assert.equal(await page.locator('[data-action]').count(), 0);
  const status = await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf };
    return (await fetch('/api/v1/deliveries/1/approve', { method: 'POST', headers, body: '{"text":"00000000"}' })).status;
  });
  assert.equal(status, 403);
  await page.click('#detail_close');
  await logOut();
});

test('an operator may not let it out, and a reason is asked for', async () => {
  await takeOver('li', invite('add', 'li', '--role', 'operator'));
  await finish('li', kPassword);
  await page.waitForURL(`${daemon.console}/`);
  await openItem();
  assert.equal(await page.locator('[data-action=approve]').count(), 0);
  await page.click('#detail_body [data-action=cancel]');
  await page.fill('#act_reason', '  ');
  await page.click('#act_yes');
  await page.locator('#act_reason_fault').waitFor();
  assert.equal(await page.locator('#act_reason_fault').textContent(), '请填写');
  await shot('console-reason');
  await page.click('#act_no');
  await page.click('#detail_close');
  await logOut();
});

test('an approver logs in with password and code, and lets it out', async () => {
  await takeOver('wang', invite('add', 'wang', '--role', 'approver'));
  await finish('wang', kPassword);
  await page.waitForURL(`${daemon.console}/`);
  await logOut();
  await logIn('wang', 'Winter-Heating-27', '000000');
  await page.locator('#login .fault[data-fault=""]').waitFor();
  assert.equal(await page.inputValue('#login [name=name]'), 'wang');
  await shot('login');
  await logIn('wang', kPassword, await nextCode('wang'));
  await page.waitForURL(`${daemon.console}/`);
  await openItem();
  await page.click('#detail_body [data-action=approve]');
  await page.locator('#act[open]').waitFor();
  assert.ok((await page.locator('#act_text').textContent()).includes('清理结果'));
  await shot('console-approve');
  await page.click('#act_yes');
  await page.locator('#detail_body .chip[data-state=delivered]').waitFor({ timeout: 30_000 });
  await shot('console-approved');
  await page.click('#detail_close');
  await logOut();
  await page.goto(daemon.console);
  await page.waitForURL('**/login');
  assert.deepEqual(faults, []);
});
