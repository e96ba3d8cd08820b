#!/usr/bin/env node
// The page of users and tokens, recovery codes, and what a mass change held, as an administrator and an
// approver see them.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './daemon.mjs';
import { Desk, kPassword } from './people.mjs';

const desk = new Desk();
const { site, daemon } = desk;
let people;
let page;
let faults;

const shot = (name) => desk.shot(name, { fullPage: true });

const row = (table, name) => page.locator(`#${table}_rows tr`).filter({ has: page.getByText(name, { exact: true }) });

async function act(button, fields = {}) {
  await button.click();
  await page.locator('#act[open]').waitFor();
  for (const [field, value] of Object.entries(fields)) {
    if (field.endsWith('role')) await page.selectOption(`#act_${field}`, value);
    else await page.fill(`#act_${field}`, value);
  }
  await page.click('#act_yes');
}

async function shownOnce() {
  await page.locator('#once[open]').waitFor();
  const text = await page.locator('#once_lines').textContent();
  await shot('users-once');
  await page.click('#once_close');
  await page.waitForFunction(() => document.getElementById('once_lines').textContent === '');
  return text;
}

before(async () => {
  await site.start();
  site.publish('关于公布行政规范性文件清理结果的公告', '正文。');
  await daemon.start();
  await daemon.delivered(1);
  ({ page, people, faults } = await desk.open());
  await people.enter('zhang', people.invite('first-token', 'zhang'));
});

after(() => desk.close());

test('an administrator invites from the page, and what is wrong is said at its field', async () => {
  await page.click('#users');
  await page.waitForURL('**/users');
  await row('users', 'zhang').waitFor();
  assert.equal(await row('users', 'zhang').locator('button').count(), 0, 'nobody changes himself');
  await act(page.locator('[data-action=invite]'), { name: 'l', role: 'operator' });
  assert.equal(await page.locator('#act_role option[value=approver]').count(), 0, 'made on the server only');
  await page.locator('#act_name_fault:not([hidden])').waitFor();
  assert.equal(await page.locator('#act_name_fault').textContent(), '应为 2 至 40 个字符');
  await shot('users-invite');
  await page.fill('#act_name', 'wang');
  await page.click('#act_yes');
  assert.match(await shownOnce(), /^[0-9a-f]{64}$/);
  await row('users', 'wang').getByText('待启用').waitFor();
});

test('a token for a program is made, used, seen and revoked', async () => {
  await act(page.locator('[data-action=make_token]'), { name: 'prometheus', token_role: 'viewer', days: '0' });
  await page.locator('#act_days_fault:not([hidden])').waitFor();
  await page.fill('#act_days', '30');
  await page.click('#act_yes');
  const secret = await shownOnce();
  const metrics = () => fetch(`${daemon.console}/metrics`, { headers: { Authorization: `Bearer ${secret}` } });
  assert.equal((await metrics()).status, 200);
  assert.equal((await fetch(`${daemon.console}/metrics`)).status, 401);
  await page.reload();
  await row('tokens', 'prometheus').getByText('127.0.0.1').waitFor();
  await shot('users');
  await page.setViewportSize({ width: 390, height: 844 });
  await shot('users-phone');
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'fits a phone');
  await page.setViewportSize({ width: 1366, height: 768 });
  await act(row('tokens', 'prometheus').locator('[data-action=revoke_token]'));
  await row('tokens', 'prometheus').getByText('已作废').waitFor();
  assert.equal((await metrics()).status, 401);
});

test('recovery codes are renewed with the code of the app, and log in without it', async () => {
  await act(page.locator('#codes'), { code: '000000' });
  await page.locator('#act_code_fault:not([hidden])').waitFor();
  await page.fill('#act_code', await people.nextCode('zhang'));
  await page.click('#act_yes');
  const codes = (await shownOnce()).split('\n');
  assert.equal(codes.length, 10);
  await people.logOut();
  await people.logIn('zhang', kPassword, people.codes.zhang[0]);
  await page.locator('#login .fault[data-fault=""]:not([hidden])').waitFor();
  await people.logIn('zhang', kPassword, codes[0].toLowerCase());
  await page.waitForURL(`${daemon.console}/`);
  await page.locator('#codes').getByText('剩 9 个').waitFor();
  await people.logOut();
});

test('tokens are bound to addresses, and listed a page at a time', async () => {
  await people.logIn('zhang', kPassword, await people.nextCode('zhang'));
  await page.waitForURL(`${daemon.console}/`);
  await page.goto(`${daemon.console}/users`);
  await page.click('[data-action=make_token]');
  await page.fill('#act_name', 'bound');
  await page.fill('#act_addresses', '10.1.2.3/8');
  await page.click('#act_yes');
  await page.locator('#act_addresses_fault:not([hidden])').waitFor();
  assert.equal(await page.inputValue('#act_name'), 'bound', 'what was typed stays');
  await page.fill('#act_addresses', '10.0.0.0/8');
  await page.click('#act_yes');
  const token = await shownOnce();
  await row('tokens', 'bound').getByText('10.0.0.0/8').waitFor();
  const ask = (path) => fetch(`${daemon.console}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await ask('/metrics')).status, 403);

  await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    for (let i = 0; i < 50; i += 1) {
      await fetch('/api/v1/tokens', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
        body: JSON.stringify({ name: `robot-${i}`, role: 'viewer', days: 1 }) });
    }
  });
  await page.reload();
  await page.locator('#tokens_more:not([hidden])').waitFor();
  assert.equal(await page.locator('#tokens_rows tr').count(), 50);
  assert.equal(await row('tokens', 'bound').count(), 0);
  await page.click('#tokens_more');
  await row('tokens', 'bound').waitFor();
  assert.ok(await page.locator('#tokens_more').isHidden());
  await people.logOut();
});

test('an approver sees what a mass change held and lets it go with a reason', async () => {
  await people.enter('sun', people.invite('add', 'sun', '--role', 'approver'));
  assert.ok(await page.locator('#users').isHidden());
  assert.equal((await page.request.get(`${daemon.console}/users`)).status(), 403);
  for (let i = 1; i <= 20; i += 1) site.publish(`关于第${i}号事项的公告`, '正文。', `/mass/${i}.html`);
  const release = page.locator('#sources [data-action=release_source]');
  await release.waitFor({ timeout: 30_000 });
  assert.match(await page.locator('#sources').textContent(), /一次出现 20 条新信息，超过 15 条/);
  assert.match(await page.locator('#sources .look summary').textContent(), /20 条信息、20 条推送/);
  await page.click('#sources .look summary');
  assert.ok((await page.locator('#sources .look li').count()) === 10);
  await shot('console-held-look');
  await release.click();
  await page.click('#act_yes');
  await page.locator('#act_reason_fault:not([hidden])').waitFor();
  await page.fill('#act_reason', '已与网站核对');
  await page.click('#act_yes');
  await until('everything went out', async () => (await page.locator('#matrix_rows .chip[data-state=delivered]').count()) === 21);
  assert.equal(await release.count(), 0);
  await people.logOut();
});

test('who is disabled is out at once, and a reset invites anew', async () => {
  await people.logIn('zhang', kPassword, await people.nextCode('zhang'));
  await page.waitForURL(`${daemon.console}/`);
  await page.goto(`${daemon.console}/users`);
  assert.equal(await row('users', 'sun').locator('[data-action=reset_user]').count(), 0);
  await act(row('users', 'wang').locator('[data-action=change_role]'), { role: 'auditor' });
  await row('users', 'wang').getByText('审计').waitFor();
  await act(row('users', 'wang').locator('[data-action=disable_user]'));
  await row('users', 'wang').getByText('停用', { exact: true }).first().waitFor();
  await act(row('users', 'wang').locator('[data-action=reset_user]'));
  assert.match(await shownOnce(), /^[0-9a-f]{64}$/);
  await row('users', 'wang').getByText('待启用').waitFor();
  await page.click('#language');
  await page.locator('#users_title').getByText('Users').waitFor();
  assert.deepEqual(faults, []);
});
