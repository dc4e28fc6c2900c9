// Members of a program: their cards, balances, transactions and points that end.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    assertFails, assertHas, balanceOf, fresh, isoMoment, makeMember, makeProgram, openShop,
} from './support/shop.js';

const shop = openShop();

test('create a member: the whole card', async () => {
    const program = await makeProgram(shop.client, {
        voucher: { type: 'LOYALTY_CARD', loyalty_card: { points: 50 }, code_config: { pattern: 'HI-####' } },
    });
    const customer = { source_id: fresh('new'), name: 'New', email: 'new@example.org', metadata: { a: 1 } };
    const card = await shop.client.loyalties.createMember(program.id, { customer, channel: 'till', metadata: { m: 1 } });
    assert.match(card.id, /^v_/);
    assert.match(card.code, /^HI-.{4}$/);
    assert.equal(card.type, 'LOYALTY_CARD');
    assert.equal(card.campaign, program.name);
    assert.equal(card.campaign_id, program.id);
    assert.equal(card.active, true);
    assert.equal(card.is_referral_code, false);
    assert.equal(card.loyalty_card.points, 50);
    assert.equal(card.loyalty_card.balance, 50);
    assert.equal(card.object, 'voucher');
    assert.match(card.created_at, isoMoment);
    // Null and absent differ for clients that compare with stored answers (api.md 4.5).
    for (const name of ['category', 'category_id', 'start_date', 'expiration_date', 'additional_info'])
        assert.equal(card[name], null, name);
    assertHas(card, 'categories', 'category', 'category_id', 'start_date', 'expiration_date', 'additional_info',
              'metadata', 'updated_at', 'publish', 'redemption', 'validity_timeframe');
    assert.equal(card.publish.object, 'list');
    assert.equal(card.publish.count, 1);
    assert.equal(card.redemption.redeemed_quantity, 0);
    assert.equal(card.redemption.redeemed_points, 0);
    const holder = await shop.client.customers.get(customer.source_id);
    assert.equal(card.holder_id, holder.id);
    assert.equal(holder.name, 'New');
});

test('who is a member already keeps the card', async () => {
    const { program, customer, card } = await makeMember(shop.client);
    const again = await shop.client.loyalties.createMember(program.name, { customer: { id: customer.id } });
    assert.equal(again.id, card.id);
    assert.equal((await shop.client.loyalties.listMembers(program.id)).total, 1);
});

test('get a member by code and by id, with and without the program', async () => {
    const { program, card } = await makeMember(shop.client);
    for (const campaign of [program.id, program.name, null])
        for (const name of [card.id, card.code])
            assert.equal((await shop.client.loyalties.getMember(campaign, name)).id, card.id);
    const other = await makeProgram(shop.client);
    await assertFails(shop.client.loyalties.getMember(other.id, card.code), 404, 'not_found');
});

test('list members', async () => {
    const { program, customer } = await makeMember(shop.client);
    const more = [];
    for (let i = 0; i < 3; ++i)
        more.push(await shop.client.loyalties.createMember(program.id, { customer: { source_id: fresh('more') } }));
    const list = await shop.client.loyalties.listMembers(program.id, { limit: 2, page: 1 });
    assert.equal(list.object, 'list');
    assert.equal(list.data_ref, 'vouchers');
    assert.equal(list.total, 4);
    assert.deepEqual(list.vouchers.map((card) => card.id), [more[2].id, more[1].id]);
    const mine = await shop.client.loyalties.listMembers(program.id, { customer: customer.id });
    assert.deepEqual(mine.vouchers.map((card) => card.holder_id), [customer.id]);
    const between = await shop.client.loyalties.listMembers(program.id, {
        created_at: { after: '2000-01-01T00:00:00Z', before: '2100-01-01T00:00:00Z' },
    });
    assert.equal(between.vouchers.length, 4);
});

test('add and remove points', async () => {
    const { program, card } = await makeMember(shop.client);
    const added = await shop.client.loyalties.addOrRemoveCardBalance(card.code, {
        points: 120, reason: 'sorry', source_id: fresh('gift'),
    }, program.id);
    assert.deepEqual(added, {
        points: 120, total: 120, balance: 120, type: 'loyalty_card', object: 'balance', operation_type: 'MANUAL',
        related_object: { type: 'voucher', id: card.id },
    });
    const removed = await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: -20 });
    assert.equal(removed.points, -20);
    assert.equal(removed.balance, 100);
    const older = await shop.client.loyalties.addPoints(program.id, card.code, { points: 5 });
    assert.equal(older.balance, 105);
    await assertFails(shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: -106 }), 400,
                      'loyalty_card_points_exceeded');
    assert.equal(await balanceOf(shop.client, card), 105);
});

test('points of a voucher: amount instead of points', async () => {
    const { card } = await makeMember(shop.client);
    const added = await shop.client.vouchers.balance.create(card.code, { amount: 30, source_id: fresh('v') });
    assert.equal(added.amount, 30);
    assert.equal(added.balance, 30);
    assert.equal(added.type, 'loyalty_card');
    const list = await shop.client.vouchers.listTransactions(card.code, { limit: 1 });
    assert.equal(list.data[0].type, 'POINTS_ADDITION');
});

test('a card is a voucher: get, disable, enable', async () => {
    const { card } = await makeMember(shop.client);
    const voucher = await shop.client.vouchers.get(card.code);
    assert.equal(voucher.id, card.id);
    assert.equal(voucher.type, 'LOYALTY_CARD');
    assert.equal((await shop.client.vouchers.get(card.id)).code, card.code);
    assert.equal((await shop.client.vouchers.disable(card.code)).active, false);
    assert.equal((await shop.client.vouchers.get(card.code)).active, false);
    assert.equal((await shop.client.vouchers.enable(card.code)).active, true);
});

test('points that end on a day, and those that never do', async () => {
    const { program, card } = await makeMember(shop.client);
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, {
        points: 10, expiration_type: 'CUSTOM_DATE', expiration_date: '2099-12-31',
    });
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 5, expiration_type: 'NON_EXPIRING' });
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 3, expiration_type: 'PROGRAM_RULES' });
    const member = await shop.client.loyalties.getMember(program.id, card.id);
    assert.equal(member.loyalty_card.next_expiration_date, '2099-12-31');
    assert.equal(member.loyalty_card.next_expiration_points, 10);
    const buckets = await shop.client.loyalties.getPointsExpiration(program.id, card.id, { limit: 10, page: 1 });
    assert.equal(buckets.object, 'list');
    assert.equal(buckets.data_ref, 'data');
    const ending = buckets.data.find((bucket) => bucket.expires_at === '2099-12-31');
    assert.equal(ending.bucket.total_points, 10);
    assert.equal(ending.status, 'ACTIVE');
    assert.equal(ending.object, 'loyalty_points_bucket');
    assert.equal(ending.voucher_id, card.id);
    assert.equal(ending.campaign_id, program.id);
    assert.match(ending.id, /^lopb_/);
});

test('transactions: newest first, by cursor, both directions', async () => {
    const { program, rule, customer, card } = await makeMember(shop.client);
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 40, reason: 'hello', source_id: 'hello-1' });
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: -15 });
    const order = await shop.client.orders.create({
        source_id: fresh('o'), customer: { id: customer.id }, amount: 730, status: 'PAID',
    });
    const all = await shop.client.loyalties.listCardTransactions(card.code, program.id, { limit: 100 });
    assert.equal(all.object, 'list');
    assert.equal(all.data_ref, 'data');
    assert.equal(all.has_more, false);
    assert.deepEqual(all.data.map((entry) => entry.type), ['POINTS_ACCRUAL', 'POINTS_REMOVAL', 'POINTS_ADDITION']);
    const [accrual, , addition] = all.data;
    assertHas(accrual, 'id', 'source_id', 'voucher_id', 'campaign_id', 'source', 'reason', 'type', 'details',
              'related_transaction_id', 'created_at');
    assert.match(accrual.id, /^vtx_/);
    assert.equal(accrual.details.balance.points, 7);
    assert.equal(accrual.details.balance.balance, 32);
    assert.equal(accrual.details.balance.operation_type, 'AUTOMATIC');
    assert.equal(accrual.details.order.id, order.id);
    assert.equal(accrual.details.order.source_id, order.source_id);
    assert.equal(accrual.details.earning_rule.id, rule.id);
    assert.equal(accrual.details.earning_rule.source.banner, '1 point for each euro');
    assert.equal(addition.reason, 'hello');
    assert.equal(addition.source_id, 'hello-1');
    assert.match(addition.source, /^Node\.js-.*-SDK-v2\.9\.0$/);
    assert.equal(addition.details.balance.operation_type, 'MANUAL');

    const first = await shop.client.loyalties.listCardTransactions(card.id, null, { limit: 2 });
    assert.equal(first.has_more, true);
    const rest = await shop.client.loyalties.listCardTransactions(
        card.id, null, { limit: 2, starting_after_id: first.more_starting_after });
    assert.deepEqual([...first.data, ...rest.data], all.data);
    assert.equal(rest.has_more, false);
    const oldest = await shop.client.loyalties.listCardTransactions(card.id, null, { order: 'id' });
    assert.deepEqual(oldest.data, [...all.data].reverse());
});

test('rewards that a member can afford', async () => {
    const { program, card } = await makeMember(shop.client);
    const product = await shop.client.products.create({ name: 'Cup' });
    for (const points of [10, 1000]) {
        const reward = await shop.client.rewards.create({
            name: fresh('Cup'), type: 'MATERIAL', parameters: { product: { id: product.id } },
        });
        await shop.client.rewards.createAssignment(
            reward.id, { campaign: program.id, parameters: { loyalty: { points } } });
    }
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 10 });
    assert.equal((await shop.client.loyalties.listMemberRewards(card.id, { limit: 10, page: 1 })).total, 2);
    const affordable = await shop.client.loyalties.listMemberRewards(card.id, { affordable_only: true });
    assert.deepEqual(affordable.data.map((offer) => offer.assignment.parameters.loyalty.points), [10]);
    assert.equal(affordable.data[0].object, 'loyalty_reward');
});

shop.judge();

test('transfer points between cards', async () => {
    const { program, card } = await makeMember(shop.client);
    const other = await shop.client.loyalties.createMember(program.id, { customer: { source_id: fresh('other') } });
    await shop.client.loyalties.addOrRemoveCardBalance(other.id, { points: 100 });
    const source_id = fresh('move');
    const moved = await shop.client.loyalties.transferPoints(program.id, card.code, [
        { code: other.code, points: 30, reason: 'One household', source_id },
    ]);
    assert.equal(moved.id, card.id);
    assert.equal(moved.type, 'LOYALTY_CARD');
    assert.equal(moved.loyalty_card.balance, 30);
    const again = await shop.client.loyalties.transferPoints(program.id, card.code, [{ code: other.code, points: 30, source_id }]);
    assert.equal(again.loyalty_card.balance, 30);
    assert.equal(await balanceOf(shop.client, other), 70);
    const [came] = (await shop.client.loyalties.listCardTransactions(card.code, program.id)).data;
    assert.equal(came.type, 'POINTS_TRANSFER_IN');
    assert.equal(came.reason, 'One household');
    assert.equal(came.source_id, source_id);
    assert.equal(came.details.source_voucher.id, other.id);
    const [went] = (await shop.client.loyalties.listCardTransactions(other.code, program.id)).data;
    assert.equal(went.type, 'POINTS_TRANSFER_OUT');
    assert.equal(went.details.destination_voucher.code, card.code);
    assert.equal(came.related_transaction_id, went.id);
    await assertFails(shop.client.loyalties.transferPoints(program.id, card.code,
        [{ code: other.code, points: 71, source_id: fresh('move') }]), 400, 'loyalty_card_points_exceeded');
});

test('activity of a member and of a customer', async () => {
    const { program, customer, card } = await makeMember(shop.client);
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: 7 });
    await shop.client.loyalties.addOrRemoveCardBalance(card.id, { points: -2 });
    const list = await shop.client.loyalties.listMemberActivity(program.id, card.code, { limit: 1 });
    assert.equal(list.object, 'list');
    assert.equal(list.data_ref, 'data');
    assert.equal(list.has_more, true);
    assertHas(list.data[0], 'id', 'type', 'data', 'created_at', 'group_id');
    const rest = await shop.client.loyalties.listMemberActivity(null, card.id, { starting_after_id: list.more_starting_after });
    assert.equal(rest.data[0].type, 'customer.voucher.loyalty_card.points_added');
    const all = await shop.client.customers.listActivity(customer.id, { limit: 50 });
    assert.deepEqual(new Set(all.data.map((one) => one.type)), new Set([
        'voucher.loyalty_card.transaction.created', 'customer.voucher.loyalty_card.points_added', 'customer.created']));
});
