// Chromium, headless, with a profile of its own; and what every page must keep to.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

import { startServer } from '../../sdk/support/server.js';

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `${executablePath} is not there`;
const args = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
];

/**
 * A server and a browser for the file that calls this. `stage.test(name, async (open) => …)`:
 * `open(path, options)` gives a page; at the end of the test none of its pages may have complained.
 */
export function openStage(options) {
    const stage = {};
    before(async () => {
        if (skip) return;
        stage.server = await startServer({ name: 'browser', ...options });
        stage.browser = await chromium.launch({ executablePath, args });
    });
    after(async () => {
        await stage.browser?.close();
        await stage.server?.stop();
    });
    stage.test = (name, run) =>
        test(name, { skip }, async () => {
            const opened = [];
            const open = async (path, { width = 1280, height = 900, ...more } = {}) => {
                const context = await stage.browser.newContext({
                    viewport: { width, height }, reducedMotion: 'reduce', ...more,
                });
                const complaints = [];
                opened.push({ context, complaints });
                const page = await context.newPage();
                listen(page, complaints);
                const { host } = new URL(stage.server.url);
                await page.route((url) => url.host !== host, (route) => {
                    complaints.push(`asked for ${route.request().url()}`);
                    return route.abort();
                });
                await page.goto(stage.server.url + path);
                await page.evaluate(() => document.fonts.ready);
                page.complaints = complaints;
                page.expected = (pattern) => (complaints.pattern = pattern);
                return page;
            };
            try {
                await run(open);
                for (const { complaints } of opened)
                    assert.deepEqual(complaints.filter((words) => !complaints.pattern?.test(words)), []);
            } finally {
                for (const { context } of opened) await context.close();
            }
        });
    return stage;
}

// Errors of scripts, of the console (refusals by the page's policy are told there), and of loading.
function listen(page, complaints) {
    page.on('pageerror', (error) => complaints.push(`script: ${error}`));
    page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()))
            complaints.push(`console: ${message.text()} ${message.location().url ?? ''}`);
    });
    page.on('requestfailed', (request) => {
        if (request.failure()?.errorText !== 'net::ERR_ABORTED') complaints.push(`failed: ${request.url()}`);
    });
}

/** What axe finds, in words: [] when nothing is wrong. */
export async function flaws(page) {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
    return violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
}

/** How many pixels the page is wider than its window, and what sticks out. */
export async function overhang(page) {
    return page.evaluate(() => {
        const room = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= room) return [];
        return [...document.querySelectorAll('body *')]
            .filter((element) => element.getBoundingClientRect().right > room + 1)
            .map((element) => `${element.tagName}.${element.className} ${element.getBoundingClientRect().right}`);
    });
}

/** Calls the API beside the page. */
export async function call(server, method, path, body) {
    const headers = { 'X-App-Id': server.key.appId, 'X-App-Token': server.key.token };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const answer = await fetch(server.url + path, {
        method, headers, body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : undefined;
}

/** Both themes and the narrowest window for the page that `make(open, options)` opens. */
export function judgePage(stage, name, make) {
    for (const colorScheme of ['light', 'dark'])
        stage.test(`${name}: axe finds nothing, ${colorScheme}`, async (open) => {
            assert.deepEqual(await flaws(await make(open, { colorScheme })), []);
        });
    stage.test(`${name}: 320 pixels are enough`, async (open) => {
        const page = await make(open, { width: 320, height: 640 });
        assert.deepEqual(await overhang(page), []);
        assert.deepEqual(await flaws(page), []);
    });
}
