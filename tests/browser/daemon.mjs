// What every browser test needs: a website to watch, the daemon with a configuration made for the
// test, and Debian's Chromium.
//
// Takes LIANDONG_BINARY and nothing else; everything it makes lies in one temporary folder.

import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const kSite = '示范县人民政府';

export async function until(what, condition, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function freePort() {
  const socket = createSocket();
  await new Promise((done) => socket.listen(0, '127.0.0.1', done));
  const { port } = socket.address();
  await new Promise((done) => socket.close(done));
  return port;
}

const escapeXml = (text) => text.replace(/[<>&"']/g, (sign) => `&#${sign.codePointAt(0)};`);

// A website with one RSS feed; entries may be changed while it is watched.
export class Site {
  entries = [];

  async start() {
    this.server = createServer((request, reply) => this.#answer(request, reply));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  // Newest first, as a feed shows them.
  publish(title, text, path = `/${this.entries.length + 1}.html`) {
    this.entries.unshift({ title, text, path, date: new Date().toUTCString() });
  }

  #answer(request, reply) {
    if (request.url === '/rss.xml') {
      const items = this.entries.map((entry) => `<item><title>${escapeXml(entry.title)}</title>
        <link>${this.url}${entry.path}</link><guid isPermaLink="false">${entry.path}</guid>
        <pubDate>${entry.date}</pubDate><description>${escapeXml(`<p>${entry.text}</p>`)}</description></item>`);
      reply.setHeader('Content-Type', 'application/rss+xml; charset=utf-8');
      reply.end(`<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>
        <link>${this.url}</link><description>t</description>${items.join('')}</channel></rss>`);
      return;
    }
    reply.statusCode = 404;
    reply.end();
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}

export class Daemon {
  #lines = '';

  constructor(site) {
    this.site = site;
  }

  // `more` is appended to the configuration.
  async start(more = '', { approve_loopback_screens = true } = {}) {
    if (!process.env.LIANDONG_BINARY) throw new Error('LIANDONG_BINARY is not set');
    this.folder = await mkdtemp(join(tmpdir(), 'liandong-browser-'));
    this.console = `http://127.0.0.1:${await freePort()}`;
    this.screens = `http://127.0.0.1:${await freePort()}`;
    this.config = join(this.folder, 'liandong.toml');
    await writeFile(this.config, `
[site]
name = "${kSite}"
organ = "${kSite}"
url = "${this.site.url}/"
site_id_code = "3400000000"
[store]
url = "sqlite://${join(this.folder, 'liandong.db')}"
[console]
listen = "${new URL(this.console).host}"
screens_listen = "${new URL(this.screens).host}"
approve_loopback_screens = ${approve_loopback_screens}
[calendar]
folder = "${new URL('../../config/calendar', import.meta.url).pathname}"
[reading]
host_interval = "100ms"
[first_wait]
default = "0s"
[[source]]
name = "notices"
type = "feed"
url = "${this.site.url}/rss.xml"
kind = "notice"
every = "1s"
backfill = "30d"
internal = true
full_text = "always"
[[channel]]
name = "hall"
type = "hall"
[[route]]
name = "all"
kinds = ["policy", "interpretation", "notice_important", "notice", "news"]
channels = ["hall"]
${more}`);
    await this.run(['--init']);
  }

  async run(options = []) {
    this.process = spawn(process.env.LIANDONG_BINARY, ['run', '--config', this.config, ...options],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    this.ended = new Promise((done) => this.process.on('exit', done));
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.on('data', (bytes) => { this.#lines += bytes; });
    await until('the console answers', async () => {
      if (this.process.exitCode !== null) throw new Error(`the daemon ended:\n${this.#lines}`);
      return fetch(`${this.console}/healthz`).then((reply) => reply.ok, () => false);
    });
  }

  async get(path) {
    const reply = await fetch(`${this.console}/api/v1/${path}`);
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  async delivered(count) {
    await until(`${count} deliveries`, async () => ((await this.get('status')).states.delivered ?? 0) >= count)
      .catch((error) => { throw new Error(`${error.message}\n${this.#lines}`); });
  }

  async halt() {
    this.process.kill('SIGTERM');
    await this.ended;
  }

  async stop() {
    if (this.process?.exitCode === null && this.process.signalCode === null) await this.halt();
    if (this.folder) await rm(this.folder, { recursive: true, force: true });
  }
}

// A profile folder given by the test outlives the browser, as on a kiosk.
export async function openBrowser(profile, viewport) {
  return chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    viewport,
    locale: 'zh-CN',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

// Fails the test when the page breaks its Content-Security-Policy, throws, opens a dialog, or asks
// another host for anything.
export function watchPage(page, origin) {
  const faults = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.origin !== origin && url.protocol !== 'data:') faults.push(`request: ${request.url()}`);
  });
  page.on('console', (message) => {
    if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) faults.push(`csp: ${message.text()}`);
  });
  return faults;
}

export async function newProfile() {
  return mkdtemp(join(tmpdir(), 'liandong-profile-'));
}

export const remove = (folder) => rm(folder, { recursive: true, force: true });
