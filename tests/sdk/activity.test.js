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
