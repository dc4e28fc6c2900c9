// The API reference: every operation, search, and the form that sends real requests.
import assert from 'node:assert/strict';

import { call, judgePage, openStage } from './support/browser.js';

const stage = openStage();

async function openDocs(open, options) {
    const page = await open('/docs', options);
    await page.waitForSelector('#calls[aria-busy="false"]');
    return page;
}

async function enterKeys(page) {
    await page.getByLabel('X-App-Id').fill(stage.server.key.appId);
    await page.getByLabel('X-App-Token').fill(stage.server.key.token);
}

/** Opens one call of the reference, by its operation id. */
async function openCall(page, id) {
    const details = page.locator(`#${id}`);
    await details.locator('summary').click();
    await details.locator('.inside').waitFor();
    return details;
}

/** The status line after a request that the page sent. */
async function answered(details) {
    const status = details.locator('form + .half .status, .half .status').first();
    await details.page().waitForFunction((element) => /^\d{3} /.test(element.textContent) && !/example/.test(element.textContent),
                                         await status.elementHandle());
    return status.innerText();
}

stage.test('it lists every operation of openapi.json, once', async (open) => {
    const page = await openDocs(open);
    const { paths } = await call(stage.server, 'GET', '/openapi.json');
    const operations = Object.values(paths).flatMap((item) => Object.values(item).map((one) => one.operationId));
    const listed = await page.locator('details.call').evaluateAll((all) => all.map((one) => one.id));
    assert.deepEqual([...listed].sort(), [...operations].sort());
    assert.equal(await page.locator('#found').innerText(), `${operations.length} calls`);
});

stage.test('search narrows, and says when nothing is found', async (open) => {
    const page = await openDocs(open);
    const visible = () => page.locator('details.call:visible summary h3').allInnerTexts();
    await page.getByLabel('Search calls').fill('post customers');
    const found = await visible();
    assert.ok(found.includes('/v1/customers') && found.length < 30, found.join());
    assert.match(await page.locator('#found').innerText(), new RegExp(`^${found.length} of \\d+ calls$`));
    await page.getByLabel('Search calls').fill('zzz');
    assert.deepEqual(await visible(), []);
    assert.match(await page.locator('#found').innerText(), /No call/);
    await page.getByLabel('Search calls').fill('');
    assert.ok((await visible()).length > 50);
});

stage.test('"try it" sends a real request and shows the answer', async (open) => {
    const page = await openDocs(open);
    await enterKeys(page);
    const details = await openCall(page, 'post_customers');
    await details.getByLabel('Body').fill('{"source_id":"tried","name":"Tried Out"}');
    assert.match(await details.innerText(), /curl -X POST '.*\/v1\/customers'/);
    await details.getByRole('button', { name: 'Send POST' }).click();
    assert.match(await answered(details), /^200 OK in \d+ ms, request v-[0-9a-f]{18}/);
    const shown = JSON.parse(await details.getByRole('region', { name: 'Answer', exact: true }).innerText());
    assert.equal(shown.name, 'Tried Out');
    const stored = await call(stage.server, 'GET', '/v1/customers/tried');
    assert.equal(stored.id, shown.id);
});

stage.test('path and query parameters, and an answer without a body', async (open) => {
    await call(stage.server, 'POST', '/v1/customers', { source_id: 'a/b c', name: 'Odd' });
    const page = await openDocs(open);
    await enterKeys(page);
    const get = await openCall(page, 'get_customers_customerId');
    await get.getByRole('button', { name: 'Send GET' }).click();
    assert.match(await get.locator('.status').innerText(), /customerId is missing/);
    await get.getByLabel('customerId').fill('a/b c');
    await get.getByRole('button', { name: 'Send GET' }).click();
    assert.match(await answered(get), /^200 /);
    const list = await openCall(page, 'get_customers');
    await list.getByLabel('limit').fill('1');
    await list.getByRole('button', { name: 'Send GET' }).click();
    await answered(list);
    const { customers } = JSON.parse(await list.getByRole('region', { name: 'Answer', exact: true }).innerText());
    assert.equal(customers.length, 1);
    const remove = await openCall(page, 'delete_customers_customerId');
    assert.equal(await remove.getByLabel('customerId').inputValue(), 'a/b c');
    await remove.getByRole('button', { name: 'Send DELETE' }).click();
    assert.match(await answered(remove), /^204 /);
});

stage.test('without keys it says what is missing; with a wrong body, why', async (open) => {
    const page = await openDocs(open);
    page.expected(/Failed to load resource: .* (400|401)/);
    const details = await openCall(page, 'post_orders');
    await details.getByRole('button', { name: 'Send POST' }).click();
    assert.match(await answered(details), /^401 .*keys at the top/);
    await enterKeys(page);
    await details.getByLabel('Body').fill('{"amount": ');
    assert.match(await details.locator('.wrong').innerText(), /Not JSON yet/);
    await details.getByLabel('Body').fill('{"amount": "much"}');
    await details.getByRole('button', { name: 'Send POST' }).click();
    await page.waitForFunction((element) => element.textContent.startsWith('400'),
                               await details.locator('.half .status').first().elementHandle());
    assert.match(await details.getByRole('region', { name: 'Answer', exact: true }).innerText(), /invalid_payload/);
});

stage.test('everything without a mouse: search, open, type, send', async (open) => {
    const page = await openDocs(open);
    const focused = (what) => page.evaluate((selector) => document.activeElement.matches(selector), what);
    const tabTo = async (what) => {
        for (let i = 0; i < 60; ++i) {
            await page.keyboard.press('Tab');
            if (await focused(what)) return;
        }
        assert.fail(`Tab does not reach ${what}`);
    };
    await tabTo('#words');
    await page.keyboard.type('create a customer');
    await tabTo('#app-id');
    await page.keyboard.type(stage.server.key.appId);
    await tabTo('#app-token');
    await page.keyboard.type(stage.server.key.token);
    await tabTo('#post_customers > summary');
    await page.keyboard.press('Enter');
    await tabTo('#post_customers textarea');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{"source_id":"by-key"}');
    await tabTo('#post_customers form button:not([type="button"])');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none', 'the focus shows');
    await page.keyboard.press('Enter');
    assert.match(await answered(page.locator('#post_customers')), /^200 /);
    assert.equal((await call(stage.server, 'GET', '/v1/customers/by-key')).source_id, 'by-key');
});

stage.test('a link to a call opens it', async (open) => {
    const page = await openDocs((path, options) => open(`${path}#post_orders`, options));
    assert.equal(await page.locator('#post_orders').getAttribute('open'), '');
    await page.locator('#post_orders').getByRole('button', { name: 'Send POST' }).waitFor();
});

judgePage(stage, 'reference', openDocs);
judgePage(stage, 'reference, an open call', async (open, options) => {
    const page = await openDocs(open, options);
    await enterKeys(page);
    const details = await openCall(page, 'post_orders');
    await details.getByRole('button', { name: 'Send POST' }).click();
    await answered(details);
    return page;
});
