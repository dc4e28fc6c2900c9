// What happened to a card and to a customer, the customer's wallet, moving points, exports of one card,
// and redeeming by the card's code.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, balanceOf, isoMoment, makeMember, openShop } from './support/shop.js';

const shop = openShop();

// A member who bought something, got points by hand and is told of it.
async function makeActive() {
    const member = await makeMember(shop.client);
    await shop.client.orders.create({ customer: { id: member.customer.id }, amount: 2500, status: 'PAID' });
    await shop.client.loyalties.addOrRemoveCardBalance(member.card.id, { points: 7, reason: 'A late parcel' });
    return member;
}

test('the activity of a card, page by page, and as it used to be listed', async () => {
    const { program, card } = await makeActive();
    const first = await shop.client.loyalties.listMemberActivity(program.id, card.code, { limit: 1 });
    assert.equal(first.has_more, true);
    assert.equal(first.data[0].type, 'customer.voucher.loyalty_card.points_added');
    assert.equal(first.data[0].data.points, 7);
    assert.match(first.data[0].created_at, isoMoment);
    const second = await shop.client.loyalties.listMemberActivity(
        null, card.id, { limit: 1, starting_after_id: first.more_starting_after });
    assert.equal(second.data[0].data.points, 25);
    assert.notEqual(second.data[0].id, first.data[0].id);
    for (const campaign of [program.id, null]) {
        const older = await shop.client.loyalties.getMemberActivities(campaign, card.id);
        assert.equal(older.data_ref, 'activities');
        assert.equal(older.total, older.activities.length);
        assert.equal(older.activities[0].id, first.data[0].id);
    }
});

test('the activity of a customer, filtered', async () => {
    const { customer, program } = await makeActive();
    const all = await shop.client.customers.listActivity(customer.id, { limit: 100 });
    assert.equal(all.has_more, false);
    const actions = await shop.client.customers.listActivity(
        customer.source_id, { limit: 100, category: 'ACTION' });
    assert.ok(actions.data.length > 0 && actions.data.length < all.data.length);
    assert.ok(actions.data.every((one) => one.category === 'ACTION'));
    const paid = await shop.client.customers.listActivity(customer.id, { type: 'customer.order.paid' });
    assert.equal(paid.data.length, 1);
    const oldest = await shop.client.customers.listActivity(customer.id, { order: 'created_at', limit: 1 });
    assert.equal(oldest.data[0].id, all.data.at(-1).id);
    const other = await shop.client.customers.listActivity(
        customer.id, { campaign_id: program.id, limit: 100 });
    assert.ok(other.data.length > 0 && other.data.length < all.data.length);
    const older = await shop.client.customers.listActivities(customer.id, { limit: 100 });
    assert.equal(older.total, all.data.length);
    assert.deepEqual(older.data.map((one) => one.id), all.data.map((one) => one.id));
});

test('the wallet of a customer', async () => {
    const { customer, card, program } = await makeActive();
    const wallet = await shop.client.customers.listRedeemables(customer.id, {});
    assert.equal(wallet.total, 1);
    assert.equal(wallet.has_more, false);
    assert.equal(wallet.data[0].redeemable_id, card.id);
    assert.equal(wallet.data[0].campaign_id, program.id);
    assert.equal(wallet.data[0].redeemable.status, 'ACTIVE');
    assert.equal(wallet.data[0].redeemable.voucher.code, card.code);
});

test('the transactions of a card, filtered', async () => {
    const { card } = await makeActive();
    const list = (params) => shop.client.loyalties.listCardTransactions(card.id, null, params);
    const all = (await list({ limit: 100 })).data;
    assert.equal(all.length, 2);
    const ids = async (filters) => (await list({ filters })).data.map((one) => one.id);
    assert.deepEqual(await ids({ id: { conditions: { $in: [all[1].id] } } }), [all[1].id]);
    assert.deepEqual(await ids({ created_at: { conditions: { $after: [all[1].created_at] } } }), [all[0].id]);
    assert.deepEqual(await ids({ created_at: { conditions: { $before: ['2001-01-01T00:00:00Z'] } } }), []);
    assert.deepEqual(await ids({
        junction: 'or',
        id: { conditions: { $is: [all[1].id] } },
        created_at: { conditions: { $after: [all[1].created_at] } },
    }), [all[0].id, all[1].id]);
    await assertFails(list({ filters: { points: { conditions: { $is: [1] } } } }), 400, 'invalid_query_params');
});

test('members by when they changed, and by their code', async () => {
    const { program, card } = await makeActive();
    const second = await shop.client.loyalties.createMember(program.id, { customer: { source_id: 'second' } });
    const codes = async (params) =>
        (await shop.client.loyalties.listMembers(program.id, params)).vouchers.map((one) => one.code);
    const { updated_at } = await shop.client.loyalties.getMember(null, card.id);
    assert.deepEqual(await codes({ updated_at: { after: '2001-01-01T00:00:00Z' } }), [card.code]);
    assert.deepEqual(await codes({ updated_at: { before: updated_at } }), []);
    assert.deepEqual(await codes({ order: 'code' }), [card.code, second.code].sort());
    assert.deepEqual(await codes({ order: '-code', limit: 1 }), [card.code, second.code].sort().slice(1));
    await shop.client.loyalties.addOrRemoveCardBalance(second.id, { points: 1 });
    assert.deepEqual(await codes({ order: '-updated_at' }), [second.code, card.code]);
});

test('a customer says what was redeemed, and the points of each program', async () => {
    const { program, customer, card } = await makeActive();
    const product = await shop.client.products.create({ name: 'Cup' });
    const reward = await shop.client.rewards.create(
        { name: 'Cup', type: 'MATERIAL', parameters: { product: { id: product.id } } });
    await shop.client.rewards.createAssignment(
        reward.id, { campaign: program.id, parameters: { loyalty: { points: 15 } } });
    const made = await shop.client.redemptions.redeem(card.code, { reward: { id: reward.id } });
    await shop.client.redemptions.redeem(card.code, { reward: { id: reward.id } });
    await assertFails(shop.client.redemptions.redeem(card.code, { reward: { id: reward.id } }),
                      400, 'loyalty_card_points_exceeded');
    await shop.client.redemptions.rollback(made.id);
    const shown = await shop.client.customers.get(customer.id);
    assert.deepEqual(shown.summary.redemptions, {
        total_redeemed: 3, total_failed: 1, total_succeeded: 2,
        total_rolled_back: 1, total_rollback_failed: 0, total_rollback_succeeded: 1,
        gift: { redeemed_amount: 0, amount_to_go: 0 },
        loyalty_card: { redeemed_points: 15, points_to_go: 17 },
    });
    assert.equal(shown.loyalty.points, 17);
    assert.equal(shown.loyalty.campaigns[program.name].points, 17);
    const listed = (await shop.client.customers.list({ limit: 100 })).customers.find((one) => one.id === customer.id);
    assert.deepEqual(listed.summary, shown.summary);
    assert.deepEqual((await shop.client.customers.update({ id: customer.id, name: 'A' })).summary, shown.summary);
});

test('points move from one card to another', async () => {
    const giver = await makeActive();
    const taker = await makeActive();
    const answer = await shop.client.loyalties.transferPoints(
        taker.program.id, taker.card.id,
        [{ code: giver.card.code, points: 12, reason: 'One household', source_id: `move-${giver.card.id}` }]);
    assert.equal(answer.id, taker.card.id);
    assert.equal(await balanceOf(shop.client, giver.card), 20);
    assert.equal(await balanceOf(shop.client, taker.card), 44);
    await assertFails(
        shop.client.loyalties.transferPoints(taker.program.id, taker.card.id,
                                             [{ code: giver.card.code, points: 1000, source_id: 'too-many' }]),
        400, 'loyalty_card_points_exceeded');
});

test('exports of one card', async () => {
    const { program, card } = await makeActive();
    const asked = [
        shop.client.vouchers.exportTransactions(card.code, { parameters: { order: '-created_at' } }),
        shop.client.loyalties.exportCardTransactions(card.code, program.id, {}),
        shop.client.loyalties.exportCardTransactions(card.id, null, { parameters: { fields: ['id', 'amount'] } }),
    ];
    for (const made of await Promise.all(asked)) {
        assert.match(made.id, /^exp_/);
        assert.equal(made.exported_object, 'voucher_transactions');
    }
});

test('redeeming by the code of the card', async () => {
    const { program, card } = await makeActive();
    const product = await shop.client.products.create({ name: 'Spoon' });
    const reward = await shop.client.rewards.create(
        { name: 'Spoon', type: 'MATERIAL', parameters: { product: { id: product.id } } });
    await shop.client.rewards.createAssignment(
        reward.id, { campaign: program.id, parameters: { loyalty: { points: 10 } } });
    const made = await shop.client.redemptions.redeem(card.code, { reward: { id: reward.id } });
    assert.equal(made.result, 'SUCCESS');
    assert.equal(made.amount, 10);
    assert.equal(await balanceOf(shop.client, card), 22);
});

shop.judge();
