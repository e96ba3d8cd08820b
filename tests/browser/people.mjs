// What people do at the console's door, for the tests that need somebody logged in.

import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { Daemon, newProfile, openBrowser, remove, Site, until, watchPage } from './daemon.mjs';

export const kPassword = 'Winter-Heating-26';

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

// What a test of the console works with: a website, a daemon, a browser, and the people before it.
export class Desk {
  site = new Site();
  daemon = new Daemon(this.site);

  // Once the daemon runs.
  async open() {
    this.profile = await newProfile();
    this.browser = await openBrowser(this.profile, { width: 1366, height: 768 });
    this.page = await this.browser.newPage();
    this.faults = watchPage(this.page, new URL(this.daemon.console).origin);
    this.people = new People(this.daemon, this.page);
    return this;
  }

  async close() {
    await this.browser?.close();
    await this.daemon.stop();
    await this.site.stop();
    if (this.profile) await remove(this.profile);
  }

  // A picture to look at, when LIANDONG_SHOTS says where.
  async shot(name, options = {}, page = this.page) {
    if (process.env.LIANDONG_SHOTS) await page.screenshot({ path: `${process.env.LIANDONG_SHOTS}/${name}.png`, ...options });
  }
}

export class People {
  #secrets = {};
  #used = {};
  // The recovery codes each was shown.
  codes = {};

  constructor(daemon, page) {
    this.daemon = daemon;
    this.page = page;
  }

  // `liandong user …`: its answer.
  command(...words) {
    return JSON.parse(execFileSync(process.env.LIANDONG_BINARY,
      ['--config', this.daemon.config, 'user', ...words, '--json'], { encoding: 'utf8' }));
  }

  invite(...words) {
    return this.command(...words).token;
  }

  // A code works once: what the app shows next is taken early, as a clock that is ahead shows it.
  async nextCode(name) {
    const step = () => Math.floor(Date.now() / 30_000);
    await until('a new code', () => step() + 1 > (this.#used[name] ?? 0), 40);
    this.#used[name] = Math.max(step(), (this.#used[name] ?? 0) + 1);
    return codeAt(this.#secrets[name], this.#used[name]);
  }

  async takeOver(name, token) {
    const { page } = this;
    if (!page.url().endsWith('/login')) await page.goto(this.daemon.console);
    await page.waitForURL('**/login');
    await page.click('#to_setup');
    await page.fill('#setup [name=token]', token);
    await page.click('#setup .main');
    await page.locator('#account').waitFor();
    this.#secrets[name] = await page.locator('#secret').textContent();
  }

  async finish(name, password) {
    const { page } = this;
    await page.fill('#setup [name=password]', password);
    await page.fill('#setup [name=again]', password);
    await page.fill('#setup [name=code]', await this.nextCode(name));
    await page.click('#setup .main');
  }

  // The codes are on the page: noted, and on to the console.
  async noteCodes(name) {
    const { page } = this;
    await page.locator('#once:not([hidden])').waitFor();
    this.codes[name] = (await page.locator('#once_lines').textContent()).split('\n');
    await page.click('#once_close');
    await page.waitForURL(`${this.daemon.console}/`);
  }

  // An account from its token to the console.
  async enter(name, token) {
    await this.takeOver(name, token);
    await this.finish(name, kPassword);
    await this.noteCodes(name);
  }

  async logIn(name, password, code) {
    const { page } = this;
    await page.fill('#login [name=name]', name);
    await page.fill('#login [name=password]', password);
    await page.fill('#login [name=code]', code);
    await page.click('#login .main');
  }

  async logOut() {
    await this.page.click('#log_out');
    await this.page.waitForURL('**/login');
  }
}
