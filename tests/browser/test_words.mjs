#!/usr/bin/env node
// The pages in Chinese hold Chinese: whatever the daemon, its sources and its channels say, and whatever the
// ledger tells, there is no English word in what a reader sees, but for names and what is typed as it stands.

import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { remove, until } from './daemon.mjs';
import { kPassword, Desk } from './people.mjs';
import { foreignWordsOf } from './words.mjs';

const desk = new Desk();
const { site, daemon } = desk;
let people;
let page;
let secrets;
let operator;

// Names of products, protocols and formats, and of what this test configures.
const kNames = ['HTTP', 'https', 'Webhook', 'webhook', 'HEAD', 'Prometheus', 'Authorization', 'Bearer', 'Mastodon', 'English', 'feed', 'RSS', 'Atom',
  'notices', 'gone', 'receiver', 'hall', 'lobby', 'zhang', 'wang', 'li', 'robot'];
const foreignWords = (of = page) => foreignWordsOf(of, kNames);

// The page, and the dialog behind each kind of button on it.
async function read(what) {
  assert.deepEqual(await foreignWords(), [], what);
  const root = (await page.locator('#detail[open]').count()) > 0 ? '#detail' : 'body';
  const actions = await page.evaluate((root) => [...new Set([...document.querySelectorAll(`${root} [data-action]`)]
    .filter((button) => button.checkVisibility()).map((button) => button.dataset.action))], root);
  for (const action of actions) {
    await page.locator(`${root} [data-action=${action}]:visible`).first().click();
    await page.locator('#act[open]').waitFor();
    assert.deepEqual(await foreignWords(), [], `${what}: ${action}`);
    await page.click('#act_no');
  }
  return actions;
}

async function open(path) {
  await page.goto(`${daemon.console}${path}`);
  await page.locator('#me:not([hidden])').waitFor();
}

before(async () => {
  await site.start();
  for (let i = 1; i <= 2; i += 1) site.publish(`关于第${i}号事项的公告`, '正文。');
  secrets = await mkdtemp(join(tmpdir(), 'liandong-secret-'));
  await writeFile(join(secrets, 'hook.secret'), `whsec_${'A'.repeat(40)}`, { mode: 0o600 });
  await daemon.start(`
[[source]]
name = "gone"
type = "feed"
url = "${site.url}/gone.xml"
kind = "notice"
every = "1s"
internal = true
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
  ({ page, people } = await desk.open());
});

after(async () => {
  await desk.close();
  if (secrets) await remove(secrets);
});

test('the page to log in', async () => {
  const token = people.invite('first-token', 'zhang');
  await page.goto(`${daemon.console}/login`);
  assert.deepEqual(await foreignWords(), []);
  await people.takeOver('zhang', token);
  await people.finish('zhang', kPassword);
  await people.noteCodes('zhang');
});

test('users, tokens and screens', async () => {
  const hall = await desk.browser.newPage();
  await hall.goto(`${daemon.screens}/display/v1/page?name=lobby`);
  await hall.waitForSelector('body[data-mode=play]');
  assert.deepEqual(await foreignWords(hall), []);
  people.command('token', 'robot', '--role', 'viewer');
  operator = people.invite('add', 'li', '--role', 'operator');
  await open('/users');
  await page.locator('#tokens_rows tr').waitFor();
  assert.ok((await read('users')).includes('make_token'));
  await open('/screens');
  await page.locator('#screens_rows tr').waitFor();
  await read('screens');
  await hall.close();
  await people.logOut();
});

test('the console: what is wrong, what was decided, and why it cannot be', async () => {
  const screens = page.locator('#channels li').filter({ hasText: '大厅屏' });
  for (let i = 1; i <= 20; i += 1) site.publish(`关于第${i}批事项的公告`, '正文。', `/mass/${i}.html`);
  await people.enter('li', operator);
  await page.locator('#matrix_rows').getByText('第1批').click({ timeout: 30_000 });
  await page.locator('#detail [data-action=urgent]').click();
  await page.fill('#act_reason', '防汛应急');
  await page.click('#act_yes');
  await page.locator('#detail').getByText('加急：防汛应急').first().waitFor();
  await read('an item that is urgent');
  await page.click('#detail_close');
  await people.logOut();
  await people.enter('wang', people.invite('add', 'wang', '--role', 'approver'));
  // A source that cannot be read, a channel that refuses, a mass change.
  await page.locator('#sources .why').first().waitFor({ timeout: 30_000 });
  const refused = page.locator('#matrix_rows tr').filter({ has: page.locator('.chip:is([data-state=failed], [data-state=deferred])') });
  await refused.first().locator('button').first().click({ timeout: 30_000 });
  await page.locator('#detail').getByText('http-404').first().waitFor();
  await read('an item that was refused');
  await page.click('#detail_close');
  await page.locator('#sources [data-action=release_source]').waitFor({ timeout: 30_000 });
  await screens.locator('[data-action=pause]').click();
  await page.fill('#act_reason', '更换账号');
  await page.click('#act_yes');
  await screens.getByText('已暂停').waitFor();
  const actions = await read('console');
  assert.ok(actions.includes('release_source'));
  await page.selectOption('#log_event', 'source');
  await until('its entry', async () => (await page.locator('#log').textContent()).includes('大批变化暂扣'));
  assert.match(await page.locator('#log').textContent(), /一次出现 20 条新信息/);
  assert.deepEqual(await foreignWords(), [], 'the log');
  await page.selectOption('#log_event', '');
  await page.locator('#matrix_rows').getByText('第1批').click();
  await page.locator('#detail[open]').waitFor();
  await page.click('#detail_body summary');
  assert.ok((await read('an item')).includes('approve'));
  await page.click('#detail_close');
});

test('a refusal is told in Chinese', async () => {
  const answer = await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const reply = await fetch('/api/v1/deliveries/1/hold', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
      body: JSON.stringify({ reason: '核实中' }) });
    return reply.json();
  });
  assert.equal(answer.status, 409);
  assert.match(answer.zh.detail, /^推送 1 .*：只有排队中或等待重试的可以暂扣/);
});
