// Loyalty programs with their earning rules, tiers, rewards and reward assignments.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
    assertFails, assertHas, fresh, isoMoment, makeMember, makeProgram, openShop, pointPerEuro,
} from './support/shop.js';

const shop = openShop();
const makeReward = (changes = {}) =>
    shop.client.rewards.create({
        name: fresh('Mug'), type: 'MATERIAL', stock: 5, parameters: { product: { id: shop.product.id } },
        attributes: { image_url: 'https://example.org/mug.png', description: 'A mug' }, ...changes,
    });

test('a product to reward with', async () => {
    shop.product = await shop.client.products.create({ name: 'Mug' });
});

test('create a program', async () => {
    const made = await makeProgram(shop.client, { metadata: { tag: 'x' }, join_once: true });
    assert.match(made.id, /^camp_/);
    assert.equal(made.object, 'campaign');
    assert.equal(made.campaign_type, 'LOYALTY_PROGRAM');
    assert.equal(made.type, 'AUTO_UPDATE');
    assert.equal(made.active, true);
    assert.equal(made.vouchers_generation_status, 'DONE');
    assert.deepEqual(made.metadata, { tag: 'x' });
    assert.match(made.created_at, isoMoment);
    assertHas(made, 'auto_join', 'join_once', 'voucher', 'vouchers_count', 'use_voucher_metadata_schema', 'protected',
              'category_id', 'categories', 'creation_status', 'updated_at');
    await assertFails(makeProgram(shop.client, { name: made.name }), 409, 'duplicate_found');
});

test('get a program by id and by name, update, list', async () => {
    const made = await makeProgram(shop.client, { metadata: { a: 1 } });
    assert.deepEqual(await shop.client.loyalties.get(made.id), made);
    assert.equal((await shop.client.loyalties.get(made.name)).id, made.id);
    const changed = await shop.client.loyalties.update({ id: made.id, description: 'Friends', metadata: { b: 2 } });
    assert.equal(changed.description, 'Friends');
    assert.equal(changed.name, made.name);
    assert.deepEqual(changed.metadata, { a: 1, b: 2 });
    const list = await shop.client.loyalties.list({ limit: 1, page: 1 });
    assert.equal(list.data_ref, 'campaigns');
    assert.equal(list.campaigns[0].id, made.id);
    assert.ok(list.total >= 2);
    assert.ok((await shop.client.loyalties.list()).campaigns.length >= 2);
});

test('the same program through campaigns: get, update, disable, enable', async () => {
    const { program, card, customer } = await makeMember(shop.client);
    assert.equal((await shop.client.campaigns.get(program.name)).id, program.id);
    assert.equal((await shop.client.campaigns.update(program.id, { description: 'd' })).description, 'd');
    assert.equal((await shop.client.campaigns.list({ campaign_type: 'LOYALTY_PROGRAM' })).data_ref, 'campaigns');
    const pay = () => shop.client.orders.create({ customer: { id: customer.id }, amount: 1000, status: 'PAID' });
    await shop.client.campaigns.disable(program.id);
    assert.equal((await shop.client.loyalties.get(program.id)).active, false);
    await pay();
    await shop.client.campaigns.enable(program.id);
    await pay();
    assert.equal((await shop.client.loyalties.getMember(program.id, card.code)).loyalty_card.balance, 10);
});

test('a program made and deleted through campaigns', async () => {
    const made = await shop.client.campaigns.create({
        name: fresh('Club'), campaign_type: 'LOYALTY_PROGRAM', type: 'AUTO_UPDATE',
        voucher: { type: 'LOYALTY_CARD', loyalty_card: { points: 0 } },
    });
    assert.equal((await shop.client.loyalties.get(made.id)).name, made.name);
    await shop.client.campaigns.delete(made.id, { force: true });
    await assertFails(shop.client.campaigns.get(made.id), 404, 'not_found');
});

test('delete a program', async () => {
    const made = await makeProgram(shop.client);
    const answer = await shop.client.loyalties.delete(made.id, { force: true });
    if (answer?.async_action_id)
        assert.equal((await shop.client.asyncActions.get(answer.async_action_id)).status, 'DONE');
    await assertFails(shop.client.loyalties.get(made.id), 404, 'not_found');
    const other = await makeProgram(shop.client);
    await shop.client.loyalties.delete(other.id);
    await assertFails(shop.client.loyalties.get(other.id), 404, 'not_found');
});

test('earning rules of every kind that the client declares for orders and events', async () => {
    const program = await makeProgram(shop.client);
    const collection = await shop.client.productCollections.create({
        type: 'STATIC', name: fresh('all'), products: [{ id: shop.product.id, object: 'product' }],
    });
    const every = { every: 100, points: 1 };
    const of = { ...every, object: 'products_collection', id: collection.id };
    const loyalties = [
        { type: 'FIXED', points: 25 },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_AMOUNT', order: { amount: every } },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_TOTAL_AMOUNT', order: { total_amount: every } },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_METADATA', order: { metadata: { ...every, property: 'km' } } },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_ITEMS_QUANTITY', order_items: { quantity: of } },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_ITEMS_AMOUNT', order_items: { amount: of } },
        { type: 'PROPORTIONAL', calculation_type: 'ORDER_ITEMS_SUBTOTAL_AMOUNT', order_items: { subtotal_amount: of } },
        { type: 'PROPORTIONAL', calculation_type: 'CUSTOMER_METADATA',
          customer: { metadata: { ...every, property: 'size' } } },
    ];
    const rules = await shop.client.loyalties.createEarningRule(
        program.id, loyalties.map((loyalty) => ({ event: 'order.paid', loyalty, source: { banner: 'b' } })));
    assert.deepEqual(rules.map((rule) => rule.loyalty), loyalties);
    for (const rule of rules) {
        assert.match(rule.id, /^ern_/);
        assert.equal(rule.object, 'earning_rule');
        assert.equal(rule.event, 'order.paid');
        assert.deepEqual(rule.source, { banner: 'b', object_id: program.id, object_type: 'campaign' });
        assertHas(rule, 'automation_id', 'created_at', 'updated_at', 'active', 'metadata', 'validation_rule_id');
    }
    const [ofEvent] = await shop.client.loyalties.createEarningRule(program.id, [{
        event: 'walked',
        loyalty: { type: 'PROPORTIONAL', calculation_type: 'CUSTOM_EVENT_METADATA',
                   custom_event: { metadata: { every: 2, points: 1, property: 'km' } } },
    }]);
    assert.equal(ofEvent.event, 'walked');
    const list = await shop.client.loyalties.listEarningRules(program.id, { limit: 100, page: 1 });
    assert.equal(list.total, rules.length + 1);
    assert.equal((await shop.client.loyalties.listEarningRules(program.id)).data.length, list.total);
});

test('earning rules: get, update, disable, enable, delete', async () => {
    const { program, rule } = await makeMember(shop.client);
    assert.deepEqual(await shop.client.loyalties.getEarningRule(program.id, rule.id),
                     { ...rule, updated_at: null });
    const changed = await shop.client.loyalties.updateEarningRule(program.id, {
        id: rule.id, source: { banner: 'double' },
        loyalty: { type: 'PROPORTIONAL', calculation_type: 'ORDER_AMOUNT', order: { amount: { every: 100, points: 2 } } },
    });
    assert.equal(changed.source.banner, 'double');
    assert.equal(changed.loyalty.order.amount.points, 2);
    assert.equal((await shop.client.loyalties.disableEarningRule(program.id, rule.id)).active, false);
    assert.equal((await shop.client.loyalties.enableEarningRule(program.id, rule.id)).active, true);
    await shop.client.loyalties.deleteEarningRule(program.id, rule.id);
    await assertFails(shop.client.loyalties.getEarningRule(program.id, rule.id), 404, 'not_found');
});

test('a fixed rule takes new points alone, as the client declares its update', async () => {
    const program = await makeProgram(shop.client);
    const [rule] = await shop.client.loyalties.createEarningRule(
        program.id, [{ event: 'order.paid', loyalty: { type: 'FIXED', points: 5 } }]);
    const changed = await shop.client.loyalties.updateEarningRule(program.id, { id: rule.id, loyalty: { points: 7 } });
    assert.deepEqual(changed.loyalty, { type: 'FIXED', points: 7 });
});

test('a wrong rule among several creates none and names its place', async () => {
    const program = await makeProgram(shop.client);
    const error = await assertFails(
        shop.client.loyalties.createEarningRule(program.id, [pointPerEuro, { event: 'order.paid', loyalty: {} }]),
        400, 'invalid_payload');
    assert.match(error.details, /1/);
    assert.equal((await shop.client.loyalties.listEarningRules(program.id)).total, 0);
});

test('tiers multiply points and change prices', async () => {
    const { program, rule, customer, card } = await makeMember(shop.client);
    const reward = await makeReward();
    const [assignment] = await shop.client.loyalties.createRewardAssignments(
        program.id, [{ reward: reward.id, parameters: { loyalty: { points: 100 } } }]);
    const tiers = await shop.client.loyalties.createTiers(program.id, [
        { name: 'Silver', points: { from: 0, to: 99 } },
        { name: 'Gold', points: { from: 100 }, metadata: { colour: 'gold' },
          earning_rules: { [rule.id]: { type: 'MULTIPLY', multiplier: 2 } },
          rewards: { [assignment.id]: { type: 'CUSTOM', points: 80 } } },
    ]);
    assert.deepEqual(tiers.map((tier) => tier.name), ['Silver', 'Gold']);
    const [silver, gold] = tiers;
    assert.match(gold.id, /^ltr_/);
    assert.equal(gold.campaign_id, program.id);
    assert.deepEqual(gold.config.points, gold.points);
    assertHas(gold, 'metadata', 'created_at', 'updated_at', 'earning_rules', 'rewards');

    const list = await shop.client.loyalties.listTiers(program.id, { limit: 10, page: 1, order: 'created_at' });
    assert.deepEqual(list.data.map((tier) => tier.id).sort(), [silver.id, gold.id].sort());
    assert.equal((await shop.client.loyalties.getTier(program.id, gold.id)).name, 'Gold');

    const rules = await shop.client.loyalties.listLoyaltyTierEarningRules(program.id, gold.id, { limit: 5 });
    assert.deepEqual(rules.data[0].tier_mapping, { type: 'MULTIPLY', multiplier: 2 });
    const rewards = await shop.client.loyalties.listLoyaltyTierRewards(program.id, gold.id);
    assert.equal(rewards.data[0].object, 'loyalty_tier_reward');
    assert.equal(rewards.data[0].assignment.parameters.loyalty.points, 80);

    const pay = (amount) => shop.client.orders.create({ customer: { id: customer.id }, amount, status: 'PAID' });
    await pay(10000);
    const mine = await shop.client.loyalties.listMemberLoyaltyTiers(card.id);
    assert.equal(mine.total, 1);
    assert.equal(mine.data[0].id, gold.id);
    assert.equal(mine.data[0].expiration.customer_id, customer.id);
    assert.equal(mine.data[0].expiration.tier_id, gold.id);
    await pay(1000);
    assert.equal((await shop.client.loyalties.getMember(program.id, card.code)).loyalty_card.balance, 120);
    const offers = await shop.client.loyalties.listMemberRewards(card.code);
    assert.equal(offers.data[0].assignment.parameters.loyalty.points, 80);
});

test('rewards of all three kinds: create, get, update, list, delete', async () => {
    const material = await makeReward();
    assert.match(material.id, /^rew_/);
    assert.equal(material.object, 'reward');
    assert.equal(material.stock, 5);
    assert.equal(material.redeemed, 0);
    assert.equal(material.attributes.description, 'A mug');
    assertHas(material, 'metadata', 'created_at', 'updated_at');
    const coin = await shop.client.rewards.create({
        name: fresh('Pay'), type: 'COIN', parameters: { coin: { exchange_ratio: 1, points_ratio: 10 } },
    });
    assert.equal(coin.parameters.coin.points_ratio, 10);
    assert.deepEqual(await shop.client.rewards.get(coin.id), coin);
    const changed = await shop.client.rewards.update({
        id: material.id, name: 'Better mug', stock: 9, parameters: { product: { id: shop.product.id } },
    });
    assert.equal(changed.name, 'Better mug');
    assert.equal(changed.stock, 9);
    const list = await shop.client.rewards.list({ limit: 2, page: 1 });
    assert.equal(list.data_ref, 'data');
    assert.equal(list.data[0].id, coin.id);
    await shop.client.rewards.delete(coin.id);
    await assertFails(shop.client.rewards.get(coin.id), 404, 'not_found');
});

test('assignments from the reward: create, get, update, list, delete', async () => {
    const program = await makeProgram(shop.client);
    const reward = await makeReward();
    const made = await shop.client.rewards.createAssignment(
        reward.id, { campaign: program.id, parameters: { loyalty: { points: 50 } } });
    assert.match(made.id, /^rewa_/);
    assert.equal(made.reward_id, reward.id);
    assert.equal(made.related_object_id, program.id);
    assert.equal(made.related_object_type, 'campaign');
    assert.equal(made.object, 'reward_assignment');
    assertHas(made, 'created_at', 'updated_at');
    assert.deepEqual(await shop.client.rewards.getAssignment(reward.id, made.id), made);
    const changed = await shop.client.rewards.updateAssignment(
        reward.id, { id: made.id, parameters: { loyalty: { points: 60 } } });
    assert.equal(changed.parameters.loyalty.points, 60);
    assert.equal((await shop.client.rewards.listAssignments(reward.id, { limit: 3 })).data[0].id, made.id);
    await assertFails(shop.client.rewards.delete(reward.id), 400, 'resource_in_use');
    await shop.client.rewards.deleteAssignment(reward.id, made.id);
    assert.equal((await shop.client.rewards.listAssignments(reward.id)).total, 0);
    await shop.client.rewards.delete(reward.id);
});

test('assignments from the program: create, get, details, update, list, delete', async () => {
    const program = await makeProgram(shop.client);
    const rewards = [await makeReward(), await makeReward()];
    const made = await shop.client.loyalties.createRewardAssignments(
        program.id, rewards.map((reward) => ({ reward: reward.id, parameters: { loyalty: { points: 10 } } })));
    assert.deepEqual(made.map((one) => one.reward_id), rewards.map((reward) => reward.id));
    assert.deepEqual(await shop.client.loyalties.getRewardAssignment(program.id, made[0].id), made[0]);
    assert.equal((await shop.client.loyalties.getRewardDetails(program.id, made[0].id)).id, rewards[0].id);
    const changed = await shop.client.loyalties.updateRewardAssignment(
        program.id, { id: made[0].id, parameters: { loyalty: { points: 11 } } });
    assert.equal(changed.parameters.loyalty.points, 11);
    const list = await shop.client.loyalties.listRewardAssignments(program.id, { limit: 1, page: 2 });
    assert.equal(list.total, 2);
    assert.equal(list.data.length, 1);
    await shop.client.loyalties.deleteRewardAssignment(program.id, made[0].id);
    assert.equal((await shop.client.loyalties.listRewardAssignments(program.id)).total, 1);
    await assertFails(shop.client.loyalties.getRewardAssignment(program.id, made[0].id), 404, 'not_found');
});

test('a price is needed for things and refused for paying with points', async () => {
    const program = await makeProgram(shop.client);
    const coin = await shop.client.rewards.create({
        name: fresh('Pay'), type: 'COIN', parameters: { coin: { exchange_ratio: 1, points_ratio: 10 } },
    });
    const mug = await makeReward();
    await assertFails(shop.client.rewards.createAssignment(
        coin.id, { campaign: program.id, parameters: { loyalty: { points: 1 } } }), 400, 'invalid_payload');
    await assertFails(shop.client.rewards.createAssignment(mug.id, { campaign: program.id }), 400, 'missing_param');
    assert.equal((await shop.client.rewards.createAssignment(coin.id, { campaign: program.id })).reward_id, coin.id);
});

shop.judge();
