// Spending points: things, paying for orders, stock, and taking it back.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, assertHas, balanceOf, fresh, isoMoment, makeMember, openShop } from './support/shop.js';

const shop = openShop();

// A member with points and a thing that costs 100 of them.
async function makeBuyer(points, stock = null) {
    const member = await makeMember(shop.client);
    const product = await shop.client.products.create({ source_id: fresh('mug'), name: 'Mug' });
    const reward = await shop.client.rewards.create({
        name: fresh('Mug'), type: 'MATERIAL', stock, parameters: { product: { id: product.id } },
    });
    const assignment = await shop.client.rewards.createAssignment(
        reward.id, { campaign: member.program.id, parameters: { loyalty: { points: 100 } } });
    await shop.client.loyalties.addOrRemoveCardBalance(member.card.id, { points });
    return { ...member, product, reward, assignment };
}

const redeem = ({ program, card, reward }, more = {}) =>
    shop.client.loyalties.redeemReward(program.id, card.code, { reward: { id: reward.id }, ...more });

test('redeem a thing: the whole redemption', async () => {
    const buyer = await makeBuyer(150, 3);
    const made = await redeem(buyer, { metadata: { where: 'till 1' } });
    assert.match(made.id, /^r_/);
    assert.equal(made.object, 'redemption');
    assert.equal(made.result, 'SUCCESS');
    assert.equal(made.status, 'SUCCEEDED');
    assert.equal(made.amount, 100);
    assert.match(made.date, isoMoment);
    assert.equal(made.customer_id, buyer.customer.id);
    assert.equal(made.customer.source_id, buyer.customer.source_id);
    assert.equal(made.related_object_type, 'voucher');
    assert.equal(made.related_object_id, buyer.card.id);
    assert.equal(made.voucher.id, buyer.card.id);
    assert.equal(made.voucher.loyalty_card.balance, 50);
    assert.equal(made.reward.id, buyer.reward.id);
    assert.equal(made.reward.type, 'MATERIAL');
    assert.equal(made.reward.assignment_id, buyer.assignment.id);
    assert.equal(made.reward.product.id, buyer.product.id);
    assertHas(made, 'tracking_id', 'metadata', 'channel');
    assertHas(made.reward, 'loyalty_tier_id', 'parameters', 'created_at', 'updated_at');
    assert.deepEqual(made.metadata, { where: 'till 1' });
    assert.equal(await balanceOf(shop.client, buyer.card), 50);
    assert.equal((await shop.client.rewards.get(buyer.reward.id)).redeemed, 1);
    const [spent] = (await shop.client.loyalties.listCardTransactions(buyer.card.id, null)).data;
    assert.equal(spent.type, 'POINTS_REDEMPTION');
    assert.equal(spent.details.balance.points, -100);
    assert.equal(spent.details.redemption.id, made.id);
    assert.equal(spent.details.reward.id, buyer.reward.id);
    const member = await shop.client.loyalties.getMember(null, buyer.card.id);
    assert.equal(member.redemption.redeemed_points, 100);
    assert.equal(member.redemption.redeemed_quantity, 1);
});

test('too few points, and a reward that the program does not have', async () => {
    const buyer = await makeBuyer(99);
    await assertFails(redeem(buyer), 400, 'loyalty_card_points_exceeded');
    const stranger = await makeBuyer(500);
    await assertFails(redeem({ ...stranger, reward: buyer.reward }), 404, 'not_found');
    await assertFails(redeem({ ...stranger, reward: { id: 'rew_none' } }), 404, 'not_found');
    assert.equal(await balanceOf(shop.client, stranger.card), 500);
});

test('the last piece goes to one of many', async () => {
    const buyer = await makeBuyer(2000, 3);
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => redeem(buyer)));
    assert.equal(tries.filter((one) => one.status === 'fulfilled').length, 3);
    for (const { reason } of tries.filter((one) => one.status === 'rejected'))
        assert.equal(reason.key, 'reward_out_of_stock');
    assert.equal(await balanceOf(shop.client, buyer.card), 1700);
});

test('get and list redemptions', async () => {
    const buyer = await makeBuyer(200);
    const made = await redeem(buyer);
    const got = await shop.client.redemptions.get(made.id);
    assert.equal(got.id, made.id);
    assert.equal(got.result, 'SUCCESS');
    const list = await shop.client.redemptions.list({ limit: 5, page: 1, result: 'SUCCESS' });
    assert.equal(list.object, 'list');
    assert.equal(list.data_ref, 'redemptions');
    assert.equal(list.redemptions[0].id, made.id);
    assert.ok(list.total >= 1);
    const ours = await shop.client.redemptions.list({ created_at: { after: '2000-01-01T00:00:00Z' } });
    assert.ok(ours.redemptions.length >= 1);
    await assertFails(shop.client.redemptions.get('r_none'), 404, 'not_found');
});

test('roll back: points and stock return; a second time is refused', async () => {
    const buyer = await makeBuyer(100, 1);
    const made = await redeem(buyer);
    const back = await shop.client.redemptions.rollback(made.id, 'changed their mind');
    assert.match(back.id, /^rr_/);
    assert.equal(back.object, 'redemption_rollback');
    assert.equal(back.result, 'SUCCESS');
    assert.equal(back.redemption, made.id);
    assert.equal(back.amount, -100);
    assert.equal(back.reason, 'changed their mind');
    assert.equal(back.customer_id, buyer.customer.id);
    assertHas(back, 'date', 'voucher', 'customer', 'tracking_id');
    assert.equal(await balanceOf(shop.client, buyer.card), 100);
    assert.equal((await shop.client.rewards.get(buyer.reward.id)).redeemed, 0);
    assert.equal((await shop.client.redemptions.get(made.id)).status, 'ROLLED_BACK');
    const [refund] = (await shop.client.loyalties.listCardTransactions(buyer.card.id, null)).data;
    assert.equal(refund.type, 'POINTS_REFUND');
    assert.equal(refund.details.rollback.id, back.id);
    await assertFails(shop.client.redemptions.rollback(made.id), 400, 'already_rolled_back');
    await redeem(buyer);
});

test('roll back with an object of parameters, and with none', async () => {
    const buyer = await makeBuyer(200);
    const first = await redeem(buyer);
    const second = await redeem(buyer);
    const back = await shop.client.redemptions.rollback(first.id, {
        reason: 'broken', tracking_id: 'till-9', customer: { source_id: buyer.customer.source_id },
    });
    assert.equal(back.reason, 'broken');
    assert.equal((await shop.client.redemptions.rollback(second.id)).result, 'SUCCESS');
    await assertFails(shop.client.redemptions.rollback('r_none'), 404, 'not_found');
});

test('pay for an order with points', async () => {
    const member = await makeMember(shop.client);
    const coin = await shop.client.rewards.create({
        name: fresh('Pay'), type: 'COIN', parameters: { coin: { exchange_ratio: 1, points_ratio: 10 } },
    });
    await shop.client.rewards.createAssignment(coin.id, { campaign: member.program.id });
    await shop.client.loyalties.addOrRemoveCardBalance(member.card.id, { points: 500 });
    const order = await shop.client.orders.create({
        source_id: fresh('o'), customer: { id: member.customer.id }, amount: 3000, status: 'CREATED',
    });
    const made = await shop.client.loyalties.redeemReward(member.program.id, member.card.id, {
        reward: { id: coin.id, points: 200 }, order: { id: order.id, amount: order.amount },
    });
    assert.equal(made.amount, 200);
    assert.equal(made.reward.type, 'COIN');
    assert.equal(made.order.id, order.id);
    assert.equal(made.order.total_discount_amount, 2000);
    assert.equal(made.order.total_amount, 1000);
    assert.equal(await balanceOf(shop.client, member.card), 300);
    await shop.client.orders.update({ id: order.id, status: 'PAID' });
    assert.equal((await shop.client.orders.get(order.id)).total_discount_amount, 2000);
});

test('a stack of one card: for a thing, and for a part of an order', async () => {
    const buyer = await makeBuyer(300);
    const made = await shop.client.redemptions.redeemStackable({
        redeemables: [{ object: 'voucher', id: buyer.card.code, reward: { id: buyer.reward.id } }],
    });
    assert.equal(made.redemptions.length, 1);
    assert.equal(made.redemptions[0].amount, 100);
    assert.deepEqual([made.inapplicable_redeemables, made.skipped_redeemables], [[], []]);
    const coin = await shop.client.rewards.create({
        name: fresh('Pay'), type: 'COIN', parameters: { coin: { exchange_ratio: 1, points_ratio: 10 } },
    });
    await shop.client.rewards.createAssignment(coin.id, { campaign: buyer.program.id });
    const order = await shop.client.orders.create({
        source_id: fresh('o'), customer: { id: buyer.customer.id }, amount: 900, status: 'CREATED',
    });
    const paid = await shop.client.redemptions.redeemStackable({
        redeemables: [{ object: 'voucher', id: buyer.card.code, reward: { id: coin.id, points: 150 } }],
        order: { id: order.id },
    });
    assert.equal(paid.redemptions[0].amount, 90);
    assert.equal(paid.order.total_amount, 0);
    assert.equal(await balanceOf(shop.client, buyer.card), 110);
});

test('a refused attempt is kept and listed, and says what is missing', async () => {
    const buyer = await makeBuyer(30);
    const refusal = await redeem(buyer).catch((error) => error);
    assert.equal(refusal.key, 'loyalty_card_points_exceeded');
    assert.match(refusal.resource_id, /^rf_/);
    const kept = await shop.client.redemptions.get(refusal.resource_id);
    assert.equal(kept.result, 'FAILURE');
    assert.equal(kept.failure_code, 'loyalty_card_points_exceeded');
    assert.equal(kept.missing[0].points, 70);
    const list = await shop.client.redemptions.list({
        result: 'FAILURE', customer: buyer.customer.id, campaign: buyer.program.name,
    });
    assert.deepEqual(list.redemptions.map((one) => one.id), [kept.id]);
    const [offer] = (await shop.client.loyalties.listMemberRewards(buyer.card.id)).data;
    assert.equal(offer.missing[0].points, 70);
    const ofCard = await shop.client.redemptions.getForVoucher(buyer.card.code);
    assert.equal(ofCard.total, 1);
    assert.equal(ofCard.redeemed_quantity, 0);
});

shop.judge();
