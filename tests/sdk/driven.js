// Every method of the client that a program of points needs was called by some test, and what it
// answered was held against the client's types. Runs after the others, which write down what they called.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { plainClient } from './support/client.js';

// What belongs to vouchers, promotions, segments and validation rules, of which the server says
// not_implemented.
const elsewhere = [
    /^(promotions|segments|validationRules|validations|qualifications)\./,
    /^distributions\.publications\./,
    /^vouchers\.(create|update|delete|list|import|importCSV|bulkUpdate|bulkUpdateMetadata)$/,
    /^vouchers\.(releaseValidationSession|qualifications\.examine)$/,
    /^campaigns\.(addVoucher|addCertainVoucher|importVouchers|importVouchersCSV|qualifications\.examine)$/,
    /^redemptions\.rollbackStackable$/,
    /^apiLimitsHandler\./,  // asks no server
];

function methodsOf(object, path = []) {
    const out = [];
    for (let layer = object; layer && layer !== Object.prototype; layer = Object.getPrototypeOf(layer))
        for (const name of Object.getOwnPropertyNames(layer)) {
            const value = object[name];
            if (name === 'constructor' || name === 'client') continue;
            if (typeof value === 'function') out.push([...path, name].join('.'));
            else if (typeof value === 'object' && value !== null) out.push(...methodsOf(value, [...path, name]));
        }
    return out;
}

test('every method of the client that a program of points needs is driven', () => {
    const client = plainClient({ url: 'http://127.0.0.1:9', key: { appId: 'a', token: 'b' } });
    const driven = new Set(readFileSync(process.env.PERENNIAL_DRIVEN, 'utf8').split('\n'));
    const wanted = [...new Set(methodsOf(client))].filter(
        (method) => method.includes('.') && !elsewhere.some((pattern) => pattern.test(method)));
    assert.ok(wanted.length > 100, `only ${wanted.length} methods were found`);
    assert.deepEqual(wanted.filter((method) => !driven.has(method)), []);
});
