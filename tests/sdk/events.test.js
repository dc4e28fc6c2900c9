// Custom events and the rules that they start; async actions.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, assertHas, balanceOf, fresh, makeMember, makeProgram, openShop } from './support/shop.js';

const shop = openShop();

test('a custom event pays its rules', async () => {
    const { program, customer, card } = await makeMember(shop.client);
    const name = fresh('review_written');
    await shop.client.loyalties.createEarningRule(program.id, [
        { event: name, loyalty: { type: 'FIXED', points: 25 } },
        { event: name, loyalty: { type: 'PROPORTIONAL', calculation_type: 'CUSTOM_EVENT_METADATA',
                                  custom_event: { metadata: { every: 10, points: 1, property: 'words' } } } },
    ]);
    const answer = await shop.client.events.create(name, {
        customer: { source_id: customer.source_id }, metadata: { words: 99, stars: 5 },
    });
    assert.equal(answer.object, 'event');
    assert.equal(answer.type, name);
    assert.equal(answer.customer.id, customer.id);
    assert.equal(answer.customer.object, 'customer');
    assert.equal(answer.referral, null);
    assert.equal(answer.loyalty, null);
    assert.deepEqual(answer.metadata, { words: 99, stars: 5 });
    assert.equal(await balanceOf(shop.client, card), 25 + 9);
    const entries = (await shop.client.loyalties.listCardTransactions(card.id, null)).data;
    assert.deepEqual(entries.map((entry) => entry.type), ['POINTS_ACCRUAL', 'POINTS_ACCRUAL']);
    assert.equal(entries[0].details.custom_event.type, name);
});

test('an event brings its customer', async () => {
    const answer = await shop.client.events.create(fresh('seen'), {
        customer: { source_id: fresh('visitor'), name: 'Visitor', metadata: { first: true } },
    });
    const visitor = await shop.client.customers.get(answer.customer.id);
    assert.equal(visitor.name, 'Visitor');
    assert.deepEqual(visitor.metadata, { first: true });
});

test('an event of one card', async () => {
    const { program, customer, card } = await makeMember(shop.client);
    const name = fresh('checkin');
    await shop.client.loyalties.createEarningRule(program.id, [{ event: name, loyalty: { type: 'FIXED', points: 3 } }]);
    const answer = await shop.client.events.create(name, { customer: { id: customer.id }, loyalty: { code: card.code } });
    assert.equal(answer.loyalty.code, card.code);
    assert.equal(await balanceOf(shop.client, card), 3);
});

test('an event without anybody is refused', async () => {
    const error = await assertFails(shop.client.events.create('seen', { customer: {} }), 400, 'invalid_payload');
    assert.match(error.details, /customer/);
});

test('async actions: list and get', async () => {
    const program = await makeProgram(shop.client);
    const { async_action_id } = await shop.client.loyalties.delete(program.id);
    assert.match(async_action_id, /^aa_/);
    const action = await shop.client.asyncActions.get(async_action_id);
    assert.equal(action.id, async_action_id);
    assert.equal(action.object, 'async_action');
    assert.equal(action.status, 'DONE');
    assert.equal(action.operation_status, 'SUCCESS');
    assertHas(action, 'type', 'result', 'created_at', 'updated_at', 'request_id', 'progress', 'processing_time');
    const list = await shop.client.asyncActions.list({ limit: 1 });
    assert.equal(list.data_ref, 'async_actions');
    assert.equal(list.async_actions[0].id, async_action_id);
    assert.deepEqual((await shop.client.asyncActions.list({ end_date: '2000-01-01T00:00:00Z' })).async_actions, []);
    assert.ok((await shop.client.asyncActions.list()).async_actions.length >= 1);
    await assertFails(shop.client.asyncActions.get('aa_none'), 404, 'not_found');
});

shop.judge();
