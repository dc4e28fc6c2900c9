// What real clients send and must be served, beside the methods of the npm client: headers, empty
// bodies, odd ids, repeated requests (api.md, "What real clients send").
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { plainClient } from './support/client.js';
import { assertHas, balanceOf, fresh, makeMember, makeProgram, openShop, pointPerEuro } from './support/shop.js';

const shop = openShop();

async function call(method, path, { body, headers = {} } = {}) {
    const { key, url } = shop.server;
    const response = await fetch(url + path, {
        method, headers: { 'X-App-Id': key.appId, 'X-App-Token': key.token, ...headers }, body,
    });
    const text = await response.text();
    const json = text && JSON.parse(text);
    shop.server.description.note(method, new URL(url + path).pathname, response.status,
                                 response.headers.get('content-type'), json);
    return { status: response.status, headers: response.headers, text, json };
}
const asJson = { 'Content-Type': 'application/json' };
const post = (path, body, headers = {}) =>
    call('POST', path, { body: JSON.stringify(body), headers: { ...asJson, ...headers } });

test('Content-Type: application/json with an empty body', async () => {
    const { program, rule, card } = await makeMember(shop.client);
    const paths = [
        `/v1/campaigns/${program.id}/disable`, `/v1/campaigns/${program.id}/enable`,
        `/v1/loyalties/${program.id}/earning-rules/${rule.id}/disable`,
        `/v1/loyalties/${program.id}/earning-rules/${rule.id}/enable`,
    ];
    for (const path of paths) {
        assert.equal((await call('POST', path, { headers: asJson })).status, 200, path);
        assert.equal((await call('POST', path)).status, 200, path);
    }
    assert.equal((await call('GET', `/v1/loyalties/members/${card.id}`, { headers: asJson })).status, 200);
    const gone = await shop.client.customers.create({ source_id: fresh('gone') });
    const answer = await call('DELETE', `/v1/customers/${gone.id}`, { headers: asJson });
    assert.equal(answer.status, 204);
    assert.equal(answer.text, '');
});

test('a rollback without any body', async () => {
    const { program, card } = await makeMember(shop.client);
    const product = await shop.client.products.create({ name: 'Mug' });
    const reward = await shop.client.rewards.create({
        name: 'Mug', type: 'MATERIAL', parameters: { product: { id: product.id } },
    });
    await shop.client.rewards.createAssignment(reward.id,
                                               { campaign: program.id, parameters: { loyalty: { points: 1 } } });
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 2 });
    for (const headers of [{}, asJson]) {
        const made = await shop.client.loyalties.redeemReward(program.id, card.id, { reward: { id: reward.id } });
        const back = await call('POST', `/v1/redemptions/${made.id}/rollback?reason=none%20given`, { headers });
        assert.equal(back.status, 200, back.text);
        assert.equal(back.json.reason, 'none given');
    }
});

test('unknown properties are ignored, everywhere', async () => {
    const odd = { planet: 'Mars', nested: { deep: [1, { a: null }] } };
    const customer = await shop.client.customers.create({ source_id: fresh('odd'), ...odd });
    assert.ok(!('planet' in customer));
    const program = await makeProgram(shop.client, odd);
    const [rule] = await shop.client.loyalties.createEarningRule(program.id, [{ ...pointPerEuro, ...odd }]);
    assert.ok(!('planet' in rule));
    await shop.client.loyalties.createMember(program.id, { customer: { id: customer.id, ...odd }, ...odd });
    await shop.client.products.create({ name: 'P', ...odd });
    await shop.client.orders.create({ amount: 1, ...odd, items: [{ amount: 1, ...odd }] });
    await shop.client.events.create('seen', { customer: { id: customer.id }, ...odd });
});

test('null where nothing is meant', async () => {
    const order = await shop.client.orders.create({
        amount: 100, customer: null, metadata: null, items: null, source_id: null,
    });
    assert.equal(order.customer_id, null);
    const customer = await shop.client.customers.create({
        source_id: null, name: null, email: null, phone: null, address: null, metadata: null,
    });
    assert.equal(customer.name, null);
    await shop.client.products.create({ name: 'N', price: null, attributes: null, metadata: null, image_url: null });
});

test('ids with slashes, percents, hashes and spaces, percent-encoded', async () => {
    for (const name of ['a/b', '100%', '#1 fan', 'x y', '%2F', 'ü+?&=', "o'neill", '..', '日本'] ) {
        const source_id = fresh(name);
        const made = await shop.client.customers.create({ source_id });
        const got = await call('GET', `/v1/customers/${encodeURIComponent(source_id)}`);
        assert.equal(got.json.id, made.id, source_id);
    }
});

test('dates of lists with and without brackets around the name', async () => {
    const { program } = await makeMember(shop.client);
    const past = encodeURIComponent('2000-01-01T00:00:00.000Z');
    for (const word of ['created_at[after]', 'created_at%5Bafter%5D', '[created_at][after]']) {
        for (const path of ['/v1/customers', '/v1/orders', `/v1/loyalties/${program.id}/members`]) {
            const answer = await call('GET', `${path}?limit=1&${word}=${past}`);
            assert.equal(answer.status, 200, `${path} ${word}: ${answer.text}`);
        }
    }
    const none = await call('GET', `/v1/customers?created_at[before]=${past}`);
    assert.deepEqual(none.json.customers, []);
});

test('ids of a list as an array, with and without indices', async () => {
    const { program, card } = await makeMember(shop.client);
    await shop.client.loyalties.createMember(program.id, { customer: { source_id: fresh('other') } });
    for (const words of [`ids[]=${card.id}`, `ids[0]=${card.id}`, `ids%5B0%5D=${card.id}`]) {
        const answer = await call('GET', `/v1/loyalties/${program.id}/members?${words}`);
        assert.equal(answer.status, 200, answer.text);
        assert.deepEqual(answer.json.vouchers.map((one) => one.id), [card.id], words);
    }
});

test('PUT with null clears', async () => {
    const made = await shop.client.customers.create({ source_id: fresh('full'), name: 'N', email: 'e@example.org' });
    const answer = await call('PUT', `/v1/customers/${made.id}`,
                              { body: JSON.stringify({ name: null, email: null }), headers: asJson });
    assert.equal(answer.json.name, null);
    assert.equal(answer.json.email, null);
});

test('the same Idempotency-Key gets the first answer again; another body is refused', async () => {
    const { card } = await makeMember(shop.client);
    const path = `/v1/loyalties/members/${card.id}/balance`;
    const key = { 'Idempotency-Key': fresh('key') };
    const first = await post(path, { points: 10 }, key);
    const again = await post(path, { points: 10 }, key);
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.text, first.text);
    assert.equal((await post(path, { points: 11 }, key)).status, 409);
    assert.equal(await balanceOf(shop.client, card), 10);
});

test('the client names its channel, and the transaction keeps it', async () => {
    const till = plainClient(shop.server, { channel: 'till-7', apiVersion: 'v2018-08-01' });
    const { card } = await makeMember(shop.client);
    await till.loyalties.addOrRemoveCardBalance(card.id, { points: 1 });
    assert.equal((await till.loyalties.listCardTransactions(card.id, null)).data[0].source, 'till-7');
});

test('rate limits are said truly, or not at all', async () => {
    await shop.client.customers.list({});
    const limits = shop.client.apiLimitsHandler;
    assert.equal(limits.areLimitsAvailable(), true);
    assert.ok(limits.getRateLimitRemaining() <= limits.getRateLimit());
});

test('every answer says who answered it: a request id, JSON, no cache', async () => {
    const answer = await call('GET', '/v1/customers');
    assert.match(answer.headers.get('content-type'), /^application\/json/);
    assertHas(Object.fromEntries(answer.headers), 'x-request-id');
});

shop.judge();
