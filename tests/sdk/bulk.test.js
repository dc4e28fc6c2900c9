// Async actions: bulk changes and CSV imports, as the client sends them.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { fresh, openShop } from './support/shop.js';

const shop = openShop();

async function finished(id) {
    for (let i = 0; i < 100; ++i) {
        const action = await shop.client.asyncActions.get(id);
        if (action.status === 'DONE' || action.status === 'FAILED') return action;
        await new Promise((done) => setTimeout(done, 50));
    }
    return assert.fail('it never ended');
}

async function csv(text, send) {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-csv-'));
    try {
        const path = join(folder, 'rows.csv');
        await writeFile(path, text);
        return await send(path);
    } finally {
        await rm(folder, { recursive: true });
    }
}

test('customers in bulk', async () => {
    const [a, b] = [fresh('bulk'), fresh('bulk')];
    const { async_action_id } = await shop.client.customers.updateInBulk([
        { source_id: a, name: 'A', metadata: { vip: true } },
        { source_id: b, name: 'B' },
        { name: 'nobody' },
    ]);
    const action = await finished(async_action_id);
    assert.equal(action.type, 'CUSTOMERS.BULK_UPDATE');
    assert.equal(action.result.done_count, 2);
    assert.equal(action.result.failed[0].row, 3);
    assert.equal((await shop.client.customers.get(a)).metadata.vip, true);
    const second = await shop.client.customers.updateMetadataInBulk({ source_ids: [a, b], metadata: { x: 1 } });
    await finished(second.async_action_id);
    assert.deepEqual((await shop.client.customers.get(a)).metadata, { vip: true, x: 1 });
    const list = await shop.client.asyncActions.list({ limit: 2 });
    assert.equal(list.async_actions[0].id, second.async_action_id);
});

test('customers, products and SKUs from CSV', async () => {
    const source = fresh('csv');
    const sent = await csv(`Name,Source_id,Address_City,Newsletter\nDora,${source},Lyon,yes\n`, (path) =>
        shop.client.customers.importCSV(path));
    assert.equal((await finished(sent.async_action_id)).result.done_count, 1);
    const dora = await shop.client.customers.get(source);
    assert.equal(dora.address.city, 'Lyon');
    assert.deepEqual(dora.metadata, { Newsletter: 'yes' });

    const mug = fresh('mug');
    const products = await csv(`name,source_id,price\nMug,${mug},1250\n`, (path) =>
        shop.client.products.importCSV(path));
    assert.equal((await finished(products.async_action_id)).result.done_count, 1);
    const skus = await csv(`product_id,sku,source_id,price\n${mug},Blue,${mug}-b,1300\n`, (path) =>
        shop.client.products.importSkusCSV(path));
    assert.equal((await finished(skus.async_action_id)).result.done_count, 1);
    assert.equal((await shop.client.products.getSku(`${mug}-b`)).price, 1300);
});

test('products in bulk', async () => {
    const [a, b] = [fresh('prod'), fresh('prod')];
    const first = await shop.client.products.bulkUpdate([
        { source_id: a, name: 'A', price: 100 },
        { source_id: b, name: 'B', price: 200 },
    ]);
    assert.equal((await finished(first.async_action_id)).result.done_count, 2);
    const second = await shop.client.products.bulkUpdateMetadata({ source_ids: [a], metadata: { x: 1 } });
    await finished(second.async_action_id);
    assert.deepEqual((await shop.client.products.get(a)).metadata, { x: 1 });
});

test('orders are imported', async () => {
    const source_id = fresh('old');
    const sent = await shop.client.orders.import([
        { source_id, status: 'PAID', amount: 1200, customer: { source_id: fresh('buyer') } },
    ]);
    assert.equal((await finished(sent.async_action_id)).result.done_count, 1);
    assert.equal((await shop.client.orders.get(source_id)).amount, 1200);
});

shop.judge();
