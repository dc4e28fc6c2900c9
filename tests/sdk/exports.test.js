// Exports and permanent deletion, as the client asks for them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, fresh, isoMoment, openShop } from './support/shop.js';

const shop = openShop();

async function finished(id) {
    for (let i = 0; i < 100; ++i) {
        const found = await shop.client.distributions.exports.get(id);
        if (found.status === 'DONE' || found.status === 'ERROR') return found;
        await new Promise((done) => setTimeout(done, 50));
    }
    return assert.fail('it never ended');
}

test('an export of customers, fetched without keys', async () => {
    const source_id = fresh('exported');
    await shop.client.customers.create({ source_id, name: '=HYPERLINK("x")', metadata: { a: 1 } });
    const made = await shop.client.distributions.exports.create({
        exported_object: 'customer',
        parameters: { fields: ['source_id', 'name', 'metadata'], order: '-created_at' },
    });
    assert.match(made.id, /^exp_/);
    assert.match(made.created_at, isoMoment);
    assert.equal(made.status, 'SCHEDULED');
    const done = await finished(made.id);
    assert.equal(done.status, 'DONE');
    const answer = await fetch(done.result.url);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), new RegExp(`^source_id,name,metadata\r\n${source_id},"'=HYPERLINK\\(""x""\\)","{""a"":1}"\r\n`));
    const list = await shop.client.distributions.exports.list({ limit: 1 });
    assert.equal(list.exports[0].id, made.id);
    await shop.client.distributions.exports.delete(made.id);
    await assertFails(shop.client.distributions.exports.get(made.id), 404, 'not_found');
});

test('fields that are not there are refused', async () => {
    await assertFails(
        shop.client.distributions.exports.create({ exported_object: 'customer', parameters: { fields: ['shoe'] } }),
        400, 'invalid_export_fields');
});

test('a customer is deleted for good', async () => {
    const source_id = fresh('gone');
    const customer = await shop.client.customers.create({ source_id, name: 'Gone' });
    await shop.client.orders.create({ source_id: fresh('order'), status: 'PAID', amount: 100, customer: { source_id } });
    const done = await shop.client.customers.deletePermanently(customer.id);
    assert.equal(done.status, 'DONE');
    assert.equal(done.object, 'pernament_deletion');
    assert.equal(done.related_object_id, customer.id);
    assert.equal(done.data_json.orders, 1);
    await assertFails(shop.client.customers.get(source_id), 404, 'not_found');
});

shop.judge();
