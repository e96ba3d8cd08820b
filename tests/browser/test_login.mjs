#!/usr/bin/env node
// The console's people in a browser: taking over an account, logging in, letting out what is held, and
// who may not.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './daemon.mjs';
import { Desk, kPassword } from './people.mjs';

const desk = new Desk();
const { site, daemon } = desk;
let people;
let page;
let faults;

const shot = (name) => desk.shot(name);

async function openItem() {
  await page.locator('#matrix_rows').getByText('清理结果').click();
  await page.locator('#detail[open] .delivery').first().waitFor();
}

before(async () => {
  await site.start();
  site.publish('关于公布行政规范性文件清理结果的公告', '正文。');
  await daemon.start('[review.approvers]\nnotice = 1\n');
  await until('it is held', async () => ((await daemon.get('status')).states.held ?? 0) === 1);
  ({ page, people, faults } = await desk.open());
});

after(() => desk.close());

test('without users there is nothing to log in to and nothing to decide', async () => {
  await page.goto(daemon.console);
  await openItem();
  assert.equal(await page.locator('[data-action]').count(), 0);
  assert.ok(await page.locator('#me').isHidden());
  await page.goto('about:blank');
});

test('an account is taken over with its token, and a bad password is said at its field', async () => {
  await people.takeOver('zhang', people.invite('first-token', 'zhang'));
  assert.match(await page.locator('#whose').textContent(), /zhang.*管理/);
  await shot('login-setup');
  await people.finish('zhang', 'short');
  await page.locator('#setup .fault[data-fault=password]').waitFor();
  assert.match(await page.locator('#setup .fault[data-fault=password]').textContent(), /12/);
  assert.equal(await page.inputValue('#setup [name=again]'), 'short');
  await people.finish('zhang', kPassword);
  await page.locator('#once:not([hidden])').waitFor();
  await shot('login-codes');
  await people.noteCodes('zhang');
  assert.equal(people.codes.zhang.length, 10);
  assert.match(await page.locator('#me_name').textContent(), /zhang · 管理/);
  await people.logOut();
});

test('a viewer reads and decides nothing', async () => {
  await people.enter('sun', people.invite('add', 'sun', '--role', 'viewer'));
  await openItem();
  assert.equal(await page.locator('[data-action]').count(), 0);
  const status = await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf };
    return (await fetch('/api/v1/deliveries/1/approve', { method: 'POST', headers, body: '{"text":"00000000"}' })).status;
  });
  assert.equal(status, 403);
  await page.click('#detail_close');
  await people.logOut();
});

test('an operator may not let it out, and a reason is asked for', async () => {
  await people.enter('li', people.invite('add', 'li', '--role', 'operator'));
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
  await people.logOut();
});

test('an approver logs in with password and code, and lets it out', async () => {
  await people.enter('wang', people.invite('add', 'wang', '--role', 'approver'));
  await people.logOut();
  await people.logIn('wang', 'Winter-Heating-27', '000000');
  await page.locator('#login .fault[data-fault=""]').waitFor();
  assert.equal(await page.inputValue('#login [name=name]'), 'wang');
  await shot('login');
  await people.logIn('wang', kPassword, await people.nextCode('wang'));
  await page.waitForURL(`${daemon.console}/`);
  await openItem();
  await page.click('#detail_body [data-action=approve]');
  await page.locator('#act[open]').waitFor();
  assert.ok((await page.locator('#act_text').textContent()).includes('清理结果'));
  await page.fill('#act_note', '已与原文核对');
  await shot('console-approve');
  await page.click('#act_yes');
  await page.locator('#detail_body .chip[data-state=delivered]').waitFor({ timeout: 30_000 });
  assert.ok(await page.evaluate(async () => (await (await fetch('/api/v1/log')).text()).includes('已与原文核对')));
  await shot('console-approved');
  await page.click('#detail_close');
  await people.logOut();
  await page.goto(daemon.console);
  await page.waitForURL('**/login');
  assert.deepEqual(faults, []);
});
