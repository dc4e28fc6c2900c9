// Orders, and the points that they give.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, assertHas, balanceOf, fresh, isoMoment, makeMember, openShop } from './support/shop.js';

const shop = openShop();

test('create an order with items, products and a customer in one call', async () => {
    const source_id = fresh('order');
    const order = await shop.client.orders.create({
        source_id,
        status: 'CREATED',
        customer: { source_id: fresh('buyer'), name: 'Buyer', email: 'b@example.org' },
        items: [
            { source_id: fresh('p'), related_object: 'product', quantity: 2, price: 380,
              product: { override: true, name: 'Latte', price: 390 } },
            { product: { source_id: fresh('p'), name: 'Bun', override: true, price: 250 }, quantity: 1,
              metadata: { warm: true } },
            { amount: 99, quantity: 3 },
        ],
        metadata: { table: 7 },
    });
    assert.match(order.id, /^ord_/);
    assert.equal(order.object, 'order');
    assert.equal(order.source_id, source_id);
    assert.equal(order.status, 'CREATED');
    assert.equal(order.amount, 2 * 380 + 250 + 99);
    assert.equal(order.initial_amount, order.amount);
    assert.equal(order.total_amount, order.amount);
    assert.deepEqual(order.metadata, { table: 7 });
    assert.equal(order.items.length, 3);
    assert.equal(order.items[0].object, 'order_item');
    assert.equal(order.items[0].quantity, 2);
    assert.equal(order.items[0].price, 380);
    assert.equal(order.items[0].subtotal_amount, 760);
    assert.deepEqual(order.items[1].metadata, { warm: true });
    assert.match(order.customer.id, /^cust_/);
    assert.equal(order.customer.object, 'customer');
    assert.equal(order.customer_id, order.customer.id);
    assert.match(order.created_at, isoMoment);
    assertHas(order, 'updated_at', 'referrer', 'referrer_id', 'redemptions');
    assert.equal((await shop.client.customers.get(order.customer_id)).name, 'Buyer');
    assert.equal((await shop.client.products.get(order.items[1].product.source_id)).name, 'Bun');
});

test('prices come from the catalogue when the item has none', async () => {
    const product = await shop.client.products.create({ source_id: fresh('p'), name: 'Tea', price: 300 });
    const sku = await shop.client.products.createSku(product.id, { sku: 'Pot', source_id: fresh('s'), price: 700 });
    const order = await shop.client.orders.create({
        items: [{ product_id: product.id, quantity: 2 }, { sku_id: sku.id, quantity: 1 }],
    });
    assert.deepEqual(order.items.map((item) => item.amount), [600, 700]);
    assert.equal(order.amount, 1300);
    assert.deepEqual(order.items.map((item) => item.related_object), ['product', 'sku']);
});

test('an order becomes PAID and earns, once', async () => {
    const { customer, card } = await makeMember(shop.client);
    const order = await shop.client.orders.create({
        source_id: fresh('o'), customer: { source_id: customer.source_id }, amount: 12345, status: 'CREATED',
    });
    assert.equal(await balanceOf(shop.client, card), 0);
    const paid = await shop.client.orders.update({ id: order.id, status: 'PAID' });
    assert.equal(paid.status, 'PAID');
    assert.match(paid.updated_at, isoMoment);
    assert.equal(await balanceOf(shop.client, card), 123);
    await shop.client.orders.update({ id: order.id, status: 'PAID' });
    await shop.client.orders.create({ source_id: order.source_id, amount: 12345, status: 'PAID',
                                      customer: { source_id: customer.source_id } });
    await shop.client.orders.update({ source_id: order.source_id, status: 'FULFILLED' });
    assert.equal(await balanceOf(shop.client, card), 123);
});

test('an order that is paid at birth earns; its cancellation takes the points back', async () => {
    const { customer, card } = await makeMember(shop.client);
    const order = await shop.client.orders.create({ customer: { id: customer.id }, amount: 5000, status: 'PAID' });
    assert.equal(await balanceOf(shop.client, card), 50);
    const canceled = await shop.client.orders.update({ id: order.id, status: 'CANCELED' });
    assert.equal(canceled.status, 'CANCELED');
    assert.equal(await balanceOf(shop.client, card), 0);
    const [back] = (await shop.client.loyalties.listCardTransactions(card.id, null)).data;
    assert.equal(back.type, 'POINTS_CANCELLATION');
    assert.equal(back.details.balance.points, -50);
    assert.equal(back.details.order.id, order.id);
});

test('what is not sent stays: a discount survives the payment', async () => {
    const { customer } = await makeMember(shop.client);
    const order = await shop.client.orders.create({
        customer: { id: customer.id }, discount_amount: 300,
        items: [{ quantity: 2, price: 1000, discount_amount: 200 }],
    });
    assert.equal(order.total_discount_amount, 500);
    assert.equal(order.total_amount, 1500);
    const paid = await shop.client.orders.update({ id: order.id, status: 'PAID', metadata: { till: 1 } });
    assert.equal(paid.total_discount_amount, 500);
    assert.equal(paid.total_amount, 1500);
});

test('auto_join: the first order of a customer makes the card, and earns', async () => {
    const { program } = await makeMember(shop.client, { auto_join: true });
    const order = await shop.client.orders.create({
        customer: { source_id: fresh('walk-in') }, amount: 900, status: 'PAID',
    });
    const { vouchers } = await shop.client.loyalties.listMembers(program.id, { customer: order.customer_id });
    assert.equal(vouchers.length, 1);
    assert.equal(vouchers[0].loyalty_card.balance, 9);
    await shop.client.campaigns.disable(program.id);  // later tests bring customers of their own
});

test('ten deliveries of one order at once earn once', async () => {
    const { customer, card } = await makeMember(shop.client);
    const delivery = { source_id: fresh('twice'), customer: { id: customer.id }, amount: 1000, status: 'PAID' };
    const orders = await Promise.all(Array.from({ length: 10 }, () => shop.client.orders.create(delivery)));
    assert.equal(new Set(orders.map((order) => order.id)).size, 1);
    assert.equal(await balanceOf(shop.client, card), 10);
});

test('get by id and source_id; update items and metadata', async () => {
    const source_id = fresh('äöü/%#');
    const made = await shop.client.orders.create({ source_id, amount: 100, metadata: { a: 1 } });
    assert.deepEqual(await shop.client.orders.get(made.id), made);
    assert.deepEqual(await shop.client.orders.get(source_id), made);
    const changed = await shop.client.orders.update({
        id: made.id, items: [{ quantity: 1, price: 700 }], metadata: { b: 2 },
    });
    assert.equal(changed.amount, 700);
    assert.deepEqual(changed.metadata, { a: 1, b: 2 });
    await assertFails(shop.client.orders.get('ord_nothing'), 404, 'not_found');
});

test('list orders', async () => {
    const made = await shop.client.orders.create({ amount: 1 });
    const list = await shop.client.orders.list({ limit: 3, page: 1 });
    assert.equal(list.object, 'list');
    assert.equal(list.data_ref, 'orders');
    assert.equal(list.orders.length, 3);
    assert.equal(list.orders[0].id, made.id);
    assert.ok(list.total > 3);
    assert.ok((await shop.client.orders.list()).orders.length <= 10);
});

test('an order without a customer is one, and gives nobody points', async () => {
    const order = await shop.client.orders.create({ amount: 5000, status: 'PAID', customer: null });
    assert.equal(order.customer_id, null);
    assert.equal((await shop.client.orders.get(order.id)).status, 'PAID');
});

shop.judge();
