// What the test files share: a server with a client, a loyalty program, and the check at the end.
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { notedClient } from './client.js';
import { misfits } from './shapes.js';
import { startServer } from './server.js';

/**
 * One server for the file that calls this, and a last test (call `shop.judge()` last) that holds all
 * answers against the client's declarations and against /openapi.json.
 */
export function openShop(options) {
    const shop = { notes: [], server: undefined, client: undefined };
    before(async () => {
        shop.server = await startServer(options);
        shop.client = notedClient(shop.server, shop.notes);
    });
    after(() => shop.server?.stop());
    shop.judge = () =>
        test('all answers fit the types that the client declares, and what /openapi.json says', (t) => {
            const driven = [...new Set(shop.notes.map((note) => note.method))].sort();
            t.diagnostic(`operations driven: ${driven.join(', ')}`);
            assert.ok(driven.length > 0);
            if (process.env.PERENNIAL_DRIVEN) appendFileSync(process.env.PERENNIAL_DRIVEN, `${driven.join('\n')}\n`);
            assert.equal(misfits(shop.notes).join('\n'), '');
            assert.equal([...shop.server.description.wrong.values()].join('\n'), '');
        });
    return shop;
}

let count = 0;
/** A name that no other test of this process uses. */
export const fresh = (word) => `${word}-${++count}`;

/** Each of the properties is there; null counts as there, absent does not. */
export function assertHas(object, ...names) {
    for (const name of names)
        assert.ok(name in object, `${name} is missing in ${JSON.stringify(object)}`);
}

export const isoMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** 1 point for each full 1.00 of an order, unless said otherwise. */
export async function makeProgram(client, changes = {}) {
    return client.loyalties.create({
        name: fresh('Club'),
        type: 'AUTO_UPDATE',
        voucher: { type: 'LOYALTY_CARD', loyalty_card: { points: 0 }, code_config: { pattern: 'CL-########' } },
        ...changes,
    });
}

export const pointPerEuro = {
    event: 'order.paid',
    loyalty: {
        type: 'PROPORTIONAL',
        calculation_type: 'ORDER_AMOUNT',
        order: { amount: { every: 100, points: 1 } },
    },
    source: { banner: '1 point for each euro' },
};

/** {program, rule, customer, card}: a member of a program that pays a point per euro. */
export async function makeMember(client, changes = {}) {
    const program = await makeProgram(client, changes);
    const [rule] = await client.loyalties.createEarningRule(program.id, [pointPerEuro]);
    const customer = await client.customers.create({ source_id: fresh('member') });
    const card = await client.loyalties.createMember(program.id, { customer: { source_id: customer.source_id } });
    return { program, rule, customer, card };
}

export async function balanceOf(client, card) {
    return (await client.loyalties.getMember(null, card.id)).loyalty_card.balance;
}

/** The error of a call that must fail. */
export async function failure(promise) {
    try {
        await promise;
    } catch (error) {
        return error;
    }
    return assert.fail('the call succeeded');
}

/** Fails with this status and key; gives the error for more. */
export async function assertFails(promise, code, key) {
    const error = await failure(promise);
    assert.deepEqual({ code: error.code, key: error.key }, { code, key }, error.details ?? String(error));
    return error;
}
