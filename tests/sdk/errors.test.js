// What the client makes of refusals: VoucherifyError with the fields of the answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainClient } from './support/client.js';
import { createKey } from './support/server.js';
import { assertFails, failure, fresh, makeMember, makeProgram, openShop } from './support/shop.js';

let viewerKey;
const shop = openShop({ make: async (folder) => (viewerKey = await createKey(folder, '--role', 'VIEWER')) });
const requestId = /^v-[0-9a-f]{18}$/;

test('not found names the thing', async () => {
    const asked = [
        ['customer', () => shop.client.customers.get('nobody')],
        ['product', () => shop.client.products.get('nothing')],
        ['sku', () => shop.client.products.getSku('nothing')],
        ['products_collection', () => shop.client.productCollections.get('pc_nothing')],
        ['order', () => shop.client.orders.get('no-order')],
        ['campaign', () => shop.client.loyalties.get('no-club')],
        ['voucher', () => shop.client.loyalties.getMember(null, 'no-card')],
        ['reward', () => shop.client.rewards.get('rew_nothing')],
        ['redemption', () => shop.client.redemptions.get('r_nothing')],
        ['async_action', () => shop.client.asyncActions.get('aa_nothing')],
    ];
    for (const [kind, call] of asked) {
        const error = await failure(call());
        assert.equal(error.code, 404, kind);
        assert.equal(error.key, 'not_found', kind);
        assert.equal(error.message, 'Resource not found', kind);
        assert.match(error.details, /Cannot find/, kind);
        assert.match(error.request_id, requestId, kind);
        assert.equal(error.resource_type, kind);
        assert.ok(error.resource_id, kind);
    }
});

test('a wrong body says which property and why', async () => {
    const error = await assertFails(
        shop.client.orders.create({ amount: 'much', items: [{ quantity: 1.5 }] }), 400, 'invalid_payload');
    assert.equal(error.message, 'Invalid payload');
    assert.match(error.details, /amount/);
    assert.match(error.request_id, requestId);
    assert.ok(error instanceof Error);
    assert.equal(error.cause, undefined);
});

test('all mistakes at once, with their places; the client keeps the whole answer on request', async () => {
    const talkative = plainClient(shop.server, { exposeErrorCause: true });
    const error = await failure(talkative.orders.create({ amount: 'much', items: [{ quantity: -1 }] }));
    assert.deepEqual(error.cause.response.data.errors.map((issue) => issue.pointer).sort(),
                     ['/amount', '/items/0/quantity']);
    for (const issue of error.cause.response.data.errors) assert.ok(issue.key && issue.message);
});

test('wrong query parameters', async () => {
    for (const query of [{ limit: 0 }, { limit: 101 }, { limit: 'many' }, { page: 0 }, { order: 'colour' }])
        await assertFails(shop.client.customers.list(query), 400, 'invalid_query_params');
    await assertFails(shop.client.customers.list({ page: 1001, limit: 10 }), 400, 'page_over_limit');
});

test('what is taken is taken', async () => {
    const program = await makeProgram(shop.client);
    const error = await assertFails(makeProgram(shop.client, { name: program.name }), 409, 'duplicate_found');
    assert.match(error.details, new RegExp(program.name));
});

test('what is in use stays, and says what uses it', async () => {
    const program = await makeProgram(shop.client);
    const collection = await shop.client.productCollections.create({ type: 'STATIC', name: fresh('c'), products: [] });
    await shop.client.loyalties.createEarningRule(program.id, [{
        event: 'order.paid',
        loyalty: { type: 'PROPORTIONAL', calculation_type: 'ORDER_ITEMS_QUANTITY',
                   order_items: { quantity: { every: 1, points: 1, object: 'products_collection', id: collection.id } } },
    }]);
    await assertFails(shop.client.productCollections.delete(collection.id), 400, 'resource_in_use');
    const { customer } = await makeMember(shop.client);
    await assertFails(shop.client.customers.delete(customer.id), 400, 'resource_in_use');
});

test('unknown keys and a wrong token', async () => {
    const { key } = shop.server;
    for (const wrong of [{ applicationId: 'x'.repeat(32) }, { secretKey: 'y'.repeat(64) }]) {
        const error = await assertFails(plainClient(shop.server, wrong).customers.list({}), 401, 'unauthorized');
        assert.match(error.request_id, requestId);
        assert.ok(!error.details.includes(key.token));
    }
});

test('a viewer may read and not write', async () => {
    const viewer = plainClient({ ...shop.server, key: viewerKey });
    assert.equal((await viewer.customers.list({})).object, 'list');
    await assertFails(viewer.customers.create({ name: 'No' }), 403, 'missing_required_permission');
});

test('what there is not yet has an answer that says so', async () => {
    const calls = {
        'segments.list': () => shop.client.segments.list(),
        'validationRules.list': () => shop.client.validationRules.list(),
    };
    for (const [name, call] of Object.entries(calls)) {
        const error = await failure(call());
        // The client asks for some of them with a slash at the end, which is no address of ours.
        assert.ok([404, 501].includes(error.code), `${name}: ${error.code} ${error.key}`);
        assert.ok(error.key && error.message && error.request_id, name);
    }
});

test('after refusals the connection serves on', async () => {
    for (let i = 0; i < 20; ++i) await failure(shop.client.customers.get(fresh('nobody')));
    assert.equal((await shop.client.customers.create({ source_id: fresh('somebody') })).object, 'customer');
});

shop.judge();
