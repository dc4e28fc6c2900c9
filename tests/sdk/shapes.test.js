// The check of answers against the client's types finds what it is for, and lets pass what it must.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { misfits } from './support/shapes.js';

const event = { object: 'event', type: 'opened' };
const product = { id: 'prod_1', object: 'product', created_at: '2026-01-01T00:00:00.000Z' };

test('what fits passes: added properties, nulls for what is absent', () => {
    assert.deepEqual(misfits([
        { method: 'events.create', answer: { ...event, referral: null, added: { by: 'us' } } },
        { method: 'products.create', answer: { ...product, source_id: null, attributes: ['a'] } },
        { method: 'products.delete', answer: '' },
    ]), []);
});

test('a missing property, a wrong type and a word outside of the enumeration are found', () => {
    const wrong = [
        { method: 'events.create', answer: { object: 'event' } },
        { method: 'products.create', answer: { ...product, price: '12' } },
        { method: 'products.create', answer: { ...product, object: 'thing' } },
        { method: 'products.list', answer: { object: 'list', data_ref: 'products', total: 1, products: [{}] } },
    ];
    const found = misfits(wrong);
    assert.equal(found.length, wrong.length, found.join('\n'));
    assert.match(found[0], /^events\.create: .*'type' is missing/s);
});
