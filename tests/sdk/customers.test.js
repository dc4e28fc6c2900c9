// Customers: create, upsert by source_id, read, update, list, scroll, delete.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, assertHas, fresh, isoMoment, makeMember, openShop } from './support/shop.js';

const shop = openShop();

test('create answers the whole customer', async () => {
    const anna = await shop.client.customers.create({
        source_id: fresh('anna'),
        name: 'Anna Ünal',
        email: 'anna@example.org',
        phone: '+49 30 1234567',
        description: 'likes tea',
        birthdate: '1990-02-28',
        address: { city: 'Berlin', country: 'DE', line_1: 'Am Weg 1', postal_code: '10115' },
        metadata: { vip: true, size: 42, tags: ['a', 'b'], nested: { deep: 1 } },
    });
    assert.match(anna.id, /^cust_[0-9a-f]{32}$/);
    assert.equal(anna.name, 'Anna Ünal');
    assert.equal(anna.birthdate, '1990-02-28');
    assert.equal(anna.address.city, 'Berlin');
    assert.deepEqual(anna.metadata, { vip: true, size: 42, tags: ['a', 'b'], nested: { deep: 1 } });
    assert.match(anna.created_at, isoMoment);
    assertHas(anna, 'summary', 'loyalty', 'referrals', 'system_metadata', 'updated_at', 'assets');
    assertHas(anna.summary.redemptions, 'total_redeemed', 'total_failed', 'total_succeeded', 'total_rolled_back',
              'total_rollback_failed', 'total_rollback_succeeded', 'gift', 'loyalty_card');
    assertHas(anna.summary.orders, 'total_amount', 'total_count', 'average_amount', 'last_order_amount');
    assertHas(anna.loyalty, 'points', 'referred_customers', 'campaigns');
});

test('a customer with nothing but a name, and one with nothing at all', async () => {
    const ben = await shop.client.customers.create({ name: 'Ben' });
    assert.equal(ben.source_id, null);
    assert.equal(ben.address, null);
    const nobody = await shop.client.customers.create({});
    assert.match(nobody.id, /^cust_/);
    assert.notEqual(nobody.id, ben.id);
});

test('create with a known source_id changes that customer', async () => {
    const source_id = fresh('carla');
    const first = await shop.client.customers.create({ source_id, name: 'Carla', email: 'c@example.org' });
    const second = await shop.client.customers.create({ source_id, name: 'Carla B.', metadata: { a: 1 } });
    assert.equal(second.id, first.id);
    assert.equal(second.name, 'Carla B.');
    assert.equal(second.email, 'c@example.org');
    assert.deepEqual(second.metadata, { a: 1 });
});

test('get by id and by source_id, with all of its characters', async () => {
    const source_id = fresh('a/b%c#d e?f&g+ü');
    const made = await shop.client.customers.create({ source_id });
    assert.equal((await shop.client.customers.get(made.id)).source_id, source_id);
    assert.equal((await shop.client.customers.get(source_id)).id, made.id);
});

test('update changes what is sent; null clears; metadata merges', async () => {
    const made = await shop.client.customers.create({
        source_id: fresh('dora'), name: 'Dora', phone: '123', metadata: { keep: 1, change: 1 },
    });
    const changed = await shop.client.customers.update({
        id: made.id, phone: null, description: 'new', metadata: { change: 2, nothing: null },
    });
    assert.equal(changed.name, 'Dora');
    assert.equal(changed.phone, null);
    assert.equal(changed.description, 'new');
    assert.deepEqual(changed.metadata, { keep: 1, change: 2, nothing: null });
    assert.match(changed.updated_at, isoMoment);
    const again = await shop.client.customers.update({ source_id: made.source_id, name: 'D.' });
    assert.equal(again.id, made.id);
    assert.deepEqual(await shop.client.customers.get(made.id), again);
});

test('list pages, newest first, with a true total', async () => {
    const made = [];
    for (let i = 0; i < 5; ++i) made.push(await shop.client.customers.create({ source_id: fresh('page') }));
    const { total } = await shop.client.customers.list({ limit: 1 });
    const first = await shop.client.customers.list({ limit: 2, page: 1 });
    const second = await shop.client.customers.list({ limit: 2, page: 2 });
    assert.equal(first.object, 'list');
    assert.equal(first.data_ref, 'customers');
    assert.equal(first.total, total);
    assert.deepEqual([...first.customers, ...second.customers].map((c) => c.id),
                     made.map((c) => c.id).reverse().slice(0, 4));
    const oldest = await shop.client.customers.list({ limit: 1, order: 'created_at' });
    assert.equal(oldest.customers.length, 1);
    assert.equal((await shop.client.customers.list({})).customers.length, Math.min(total, 10));
});

test('scroll meets every customer once', async () => {
    const { total } = await shop.client.customers.list({ limit: 1 });
    for (const order of [undefined, 'created_at', '-created_at']) {
        const seen = [];
        for await (const customer of shop.client.customers.scroll({ limit: 3, ...(order && { order }) }))
            seen.push(customer.id);
        assert.equal(seen.length, total, `order ${order}`);
        assert.equal(new Set(seen).size, total);
    }
});

test('the answer shows orders and points as they are at once', async () => {
    const { customer, card } = await makeMember(shop.client);
    await shop.client.orders.create({ customer: { id: customer.id }, amount: 2500, status: 'PAID' });
    await shop.client.orders.create({ customer: { id: customer.id }, amount: 1500, status: 'FULFILLED' });
    await shop.client.orders.create({ customer: { id: customer.id }, amount: 900 });
    const now = await shop.client.customers.get(customer.id);
    assert.equal(now.summary.orders.total_count, 2);
    assert.equal(now.summary.orders.total_amount, 4000);
    assert.equal(now.summary.orders.average_amount, 2000);
    assert.equal(now.summary.orders.last_order_amount, 1500);
    assert.match(now.summary.orders.last_order_date, isoMoment);
    assert.equal(now.loyalty.points, (await shop.client.loyalties.getMember(null, card.id)).loyalty_card.balance);
});

test('delete, then it is not found', async () => {
    const made = await shop.client.customers.create({ source_id: fresh('gone') });
    assert.ok(!(await shop.client.customers.delete(made.id)));
    const error = await assertFails(shop.client.customers.get(made.id), 404, 'not_found');
    assert.equal(error.resource_id, made.id);
    assert.equal(error.resource_type, 'customer');
});

shop.judge();
