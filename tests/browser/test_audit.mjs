#!/usr/bin/env node
// The pages of the audit and of the ledger, as an auditor and a viewer see them: what they download is what the commands
// write, byte for byte.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remove, until } from './daemon.mjs';
import { Desk } from './people.mjs';
import { foreignWordsOf } from './words.mjs';

const desk = new Desk();
const { site, daemon } = desk;
let people;
let page;
let secrets;
const names = {};

const kYear = new Intl.DateTimeFormat('en', { timeZone: 'Asia/Shanghai', year: 'numeric' }).format(new Date());
// Names of formats and algorithms, and of what this test configures.
const kNames = ['English', 'HTML', 'HTTP', 'GB', 'jyt', 'ah', 'gov', 'cn', 'JSON', 'SHA', 'Webhook', 'webhook', 'RSS', 'Beijing', 'sha256', 'sha', 'hall', 'receiver', 'notices', 'qian', 'li'];

const command = (...words) => execFileSync(process.env.LIANDONG_BINARY, ['--config', daemon.config, ...words], { maxBuffer: 1 << 26 });
// `audit` ends with another code where something fails.
function asJson(...words) {
  try {
    return JSON.parse(command(...words, '--json'));
  } catch (error) {
    return JSON.parse(error.stdout);
  }
}

async function downloaded(click) {
  const waiting = page.waitForEvent('download', { timeout: 30_000 });
  await click();
  const download = await waiting;
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

// What is owed to the hall is met by the first screen that fetches the list.
async function fetchedByAScreen() {
  const screen = { screen_key: 'k'.repeat(64), name: 'lobby', model: 'test', resolution: '1920x1080' };
  const registered = await fetch(`${daemon.screens}/display/v1/register`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(screen),
  });
  const { token } = await registered.json();
  const list = await fetch(`${daemon.screens}/display/v1/list`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await list.json()).slides.length, 3);
}

async function open(path) {
  await page.goto(`${daemon.console}${path}`);
  await page.locator('#me:not([hidden])').waitFor();
}

const rows = (table) => page.locator(`#${table}_rows tr`);

// As a reader who sees nothing, or has no mouse, meets the page.
async function unnamed() {
  return page.evaluate(() => [...document.querySelectorAll('button, select, input, a, img, svg, [role=img]')].filter((element) => element.checkVisibility())
    .filter((element) => !(element.getAttribute('aria-label') || element.getAttribute('alt') || element.textContent.trim() || element.labels?.length > 0))
    .map((element) => element.outerHTML));
}

async function fits(name) {
  for (const viewport of [{ width: 1366, height: 768 }, { width: 390, height: 844 }]) {
    await page.setViewportSize(viewport);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `${name}: ${wide} px wide at ${viewport.width}`);
    await desk.shot(`${name}-${viewport.width}`, { fullPage: true });
  }
  await page.setViewportSize({ width: 1366, height: 768 });
  assert.deepEqual(await unnamed(), [], name);
  assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id)
    .filter((id, index, all) => all.indexOf(id) !== index)), [], `${name}: one id, one element`);
  assert.equal(await page.locator('h1').count(), 1, name);
}

before(async () => {
  await site.start();
  for (let i = 1; i <= 3; i += 1) site.publish(`关于第${i}号事项的公告`, '正文。');
  secrets = await mkdtemp(join(tmpdir(), 'liandong-secret-'));
  await writeFile(join(secrets, 'hook.secret'), `whsec_${'A'.repeat(40)}`, { mode: 0o600 });
  await daemon.start(`
[[channel]]
name = "receiver"
type = "webhook"
url = "${site.url}/hook"
secret_file = "${join(secrets, 'hook.secret')}"
internal = true
[[route]]
name = "more"
kinds = ["notice"]
channels = ["receiver"]
`);
  await daemon.delivered(3);
  await fetchedByAScreen();
  // What is signed at the stop is a checkpoint.
  await daemon.halt();
  await daemon.run();
  ({ page, people } = await desk.open());
  names.qian = people.invite('first-token', 'zhang');
  await people.enter('zhang', names.qian);
  names.qian = people.invite('add', 'qian', '--role', 'auditor');
  names.li = people.invite('add', 'li', '--role', 'viewer');
  await people.logOut();
  await people.enter('qian', names.qian);
});

after(async () => {
  await desk.close();
  if (secrets) await remove(secrets);
});

test('what is owed: what is not there first, with its reason; narrowed, and kept in the address', async () => {
  await page.click('a[href="/audit"]');
  await until('six rows', async () => (await rows('coverage').count()) === 6);
  const states = await page.locator('#coverage_rows .chip').allTextContents();
  assert.deepEqual(states, ['未到期', '未到期', '未到期', '按时推送', '按时推送', '按时推送']);
  assert.match(await rows('coverage').first().textContent(), /接口推送 receiver/);
  await until('the reason', async () => {
    await page.reload();
    await rows('coverage').first().waitFor();
    return /推送失败|等待重试|等待推送/.test(await rows('coverage').first().textContent());
  });
  await fits('audit-coverage');
  assert.deepEqual(await foreignWordsOf(page, kNames), []);
  await page.focus('#coverage_channel');
  await page.keyboard.press('ArrowDown');
  await until('the channel alone', async () => (await rows('coverage').count()) === 3);
  await page.selectOption('#coverage_part', 'Q1');
  await page.selectOption('#coverage_year', kYear);
  await page.selectOption('#coverage_part', '');
  await page.selectOption('#coverage_fulfilment', 'missing');
  await page.locator('#coverage_empty:not([hidden])').waitFor();
  await page.reload();
  await page.locator('#coverage_empty:not([hidden])').waitFor();
  assert.equal(await page.inputValue('#coverage_fulfilment'), 'missing');
  await until('the year of the address', async () => (await page.inputValue('#coverage_year')) === kYear);
});

test('the rules: what the command says, each with its basis', async () => {
  await page.focus('#views [data-view=rules]');
  await page.keyboard.press('Enter');
  await rows('basis').first().waitFor();
  const said = asJson('audit');
  assert.deepEqual(await page.locator('#basis_rows td:first-child').allTextContents(), said.rules.map((rule) => rule.title));
  assert.deepEqual(await page.locator('#basis_rows td:last-child').allTextContents(), said.rules.map((rule) => rule.basis));
  assert.equal(await rows('rules').count(), said.findings.length);
  assert.equal(new URL(page.url()).searchParams.get('view'), 'rules');
  await fits('audit-rules');
  assert.deepEqual(await foreignWordsOf(page, kNames), []);
});

test('the report: its charts, and each figure down to the entries of the ledger', async () => {
  await page.click('#views [data-view=report]');
  await page.locator('#report_body details').first().waitFor();
  const chart = page.locator('#report_body img').first();
  assert.ok(await chart.evaluate((image) => image.complete && image.naturalWidth === 1000), 'the chart is drawn');
  const figure = page.locator('#report_body [data-figure^="deliveries/hall/"]', { hasText: /^3$/ }).first();
  await figure.evaluate((button) => { button.closest('details').open = true; });
  await fits('audit-report');
  assert.deepEqual(await foreignWordsOf(page, kNames), []);
  await figure.click();
  await page.locator('#why_body details').nth(2).waitFor();
  await page.locator('#why_body summary').first().click();
  assert.match(await page.locator('#why_body').innerText(), /台账第 \d+ 条/);
  await desk.shot('audit-why');
  await page.click('#why_close');
});

test('the files are what the command writes', async () => {
  const stamp = await page.locator('#report_files a').first().evaluate((link) => new URL(link.href).searchParams.get('as_of'));
  for (const format of ['html', 'xlsx', 'csv', 'json', 'text']) {
    const file = await downloaded(() => page.click(`#report_files [data-format=${format}]`));
    assert.match(file.name, new RegExp(`^liandong-${kYear}`));
    assert.deepEqual(file.bytes, command('report', '--year', kYear, '--format', format, '--as-of', stamp), format);
  }
  await page.selectOption('#report_part', '1');
  await until('the month', async () => new URL(await page.locator('#report_files a').first().evaluate((link) => link.href)).searchParams.get('month') === '1')
    .catch(async (error) => { throw new Error(`${error.message}: ${await page.locator('#report_state').textContent()}`); });
  const file = await downloaded(() => page.click('#report_files [data-format=text]'));
  const later = await page.locator('#report_files a').first().evaluate((link) => new URL(link.href).searchParams.get('as_of'));
  assert.deepEqual(file.bytes, command('report', '--year', kYear, '--month', '1', '--as-of', later));
});

test('the ledger: its checkpoint, its verification, and an entry\'s proof', async () => {
  await open('/ledger');
  await page.locator('#checkpoint_body svg path').waitFor();
  await fits('ledger');
  assert.deepEqual(await foreignWordsOf(page, kNames), []);
  const note = await downloaded(() => page.click('#checkpoint_file a'));
  assert.match(note.name, /^checkpoint-\d+\.txt$/);
  assert.equal(note.bytes.toString(), await page.locator('#checkpoint_body pre').textContent());

  await page.click('[data-action=verify_ledger]');
  await page.click('#act_yes');
  await page.locator('#verify_body').getByText('台账完整').waitFor();
  assert.match(await page.locator('#verify_body').textContent(), /user:u000002/);
  await desk.shot('ledger-verified', { fullPage: true });

  await page.fill('#proof_seq', '0');
  const proof = await downloaded(() => page.keyboard.press('Enter'));
  assert.equal(proof.name, 'liandong-entry-0.json');
  assert.deepEqual(proof.bytes, command('ledger', 'proof', '0'));
  await page.fill('#proof_seq', '99999999');
  await page.click('#proof_form button');
  await page.locator('#proof_fault:not([hidden])').waitFor();
  assert.match(await page.locator('#proof_fault').textContent(), /没有第 99999999 条记录/);
  assert.equal(await page.inputValue('#proof_seq'), '99999999', 'what was typed stays');
});

test('a viewer reads it all and begins nothing', async () => {
  await people.logOut();
  await people.enter('li', names.li);
  await open('/ledger');
  await page.locator('#verify_body').getByText('台账完整').waitFor();
  assert.equal(await page.locator('[data-action=verify_ledger]').count(), 0);
  await open('/audit');
  await rows('coverage').first().waitFor();
  await page.click('#language');
  await page.locator('#coverage_title').getByText('Coverage').waitFor();
  await page.click('#language');
  assert.deepEqual(desk.faults, []);
});
