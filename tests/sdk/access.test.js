// Categories, schemas, consents, limits, and a page with a client-side key.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { pageClient, plainClient } from './support/client.js';
import { assertFails, fresh, openShop } from './support/shop.js';

const shop = openShop();

/** A call that the client has no method for. */
async function call(method, path, body) {
    const response = await fetch(shop.server.url + path, {
        method,
        headers: {
            'X-App-Id': shop.server.key.appId,
            'X-App-Token': shop.server.key.token,
            'Content-Type': 'application/json',
        },
        body: body && JSON.stringify(body),
    });
    assert.ok(response.status < 300, `${method} ${path}: ${response.status}`);
    const answer = response.status === 204 ? undefined : await response.json();
    shop.server.description.note(method, path, response.status, response.headers.get('content-type'), answer);
    return answer;
}

test('categories', async () => {
    const made = await shop.client.categories.create({ name: fresh('Welcome'), hierarchy: 1 });
    assert.match(made.id, /^cat_/);
    const changed = await shop.client.categories.update(made.id, { name: made.name, hierarchy: 2 });
    assert.equal(changed.hierarchy, 2);
    assert.ok(changed.updated_at);
    assert.deepEqual(await shop.client.categories.get(made.id), changed);
    assert.equal((await shop.client.categories.list()).total, 1);
    await assertFails(shop.client.categories.create({ name: made.name, hierarchy: 1 }), 409, 'duplicate_found');
    await shop.client.categories.delete(made.id);
    await assertFails(shop.client.categories.get(made.id), 404, 'not_found');
});

test('metadata schemas are listed, and hold', async () => {
    const { id } = await call('GET', '/v1/project');
    await call('POST', `/management/v1/projects/${id}/metadata-schemas`, {
        related_object: 'product',
        properties: { size: { type: 'number', gte: 1 } },
    });
    const listed = await shop.client.metadataSchemas.list();
    assert.equal(listed.data_ref, 'schemas');
    assert.equal(listed.schemas[0].related_object, 'product');
    assert.equal((await shop.client.metadataSchemas.get('product')).properties.size.type, 'number');
    await shop.client.products.create({ name: 'Cup', metadata: { size: 1 } });
    const error = await assertFails(shop.client.products.create({ name: 'Cup', metadata: { size: 0 } }),
                                    400, 'metadata_validation_failed');
    assert.equal(error.details, 'size: must be greater than or equal to 1');
});

test('consents', async () => {
    const letter = await call('POST', '/v1/consents', { name: 'Letter', category: 'EMAIL' });
    const listed = await shop.client.consents.list();
    assert.equal(listed.consents.data[0].id, letter.id);
    assert.equal(listed.groups.total, 0);
    const anna = await shop.client.customers.create({ source_id: fresh('anna') });
    assert.ok(!(await shop.client.customers.updateConsents(anna.source_id, { [letter.id]: true })));
    const told = await call('GET', `/v1/customers/${anna.id}/consents`);
    assert.equal(told.data[0].granted, true);
});

test('limits are told', async () => {
    const client = plainClient(shop.server);
    await client.customers.list();
    assert.ok(client.apiLimitsHandler.areLimitsAvailable());
    const limit = client.apiLimitsHandler.getRateLimit();
    assert.ok(limit > 0);
    const left = client.apiLimitsHandler.getRateLimitRemaining();
    assert.ok(left < limit);
    await client.customers.list();
    assert.ok(client.apiLimitsHandler.getRateLimitRemaining() !== left);
});

test('a page with a client-side key', async () => {
    await call('PUT', '/v1/project', {
        client_trusted_domains: ['shop.example'],
        client_create_customer_enabled: true,
        client_loyalty_events_enabled: true,
    });
    const key = await call('POST', '/v1/keys', { name: 'page', type: 'CLIENT' });
    const page = (origin) => pageClient(shop.server, { appId: key.id, token: key.token }, origin);
    const client = page('https://shop.example');
    const made = await client.createCustomer({ source_id: fresh('page'), name: 'Pia' });
    assert.equal(made.name, 'Pia');
    const tracked = await client.track('visit', { source_id: made.source_id });
    assert.equal(tracked.type, 'visit');
    assert.deepEqual(Object.keys(tracked.customer).sort(), ['id', 'object', 'source_id']);
    const { consents } = await client.listConsents();
    await client.updateConsents(made.source_id, { [consents.data[0].id]: true });
    await assertFails(page('https://evil.example').listConsents(), 403, 'forbidden');
});

shop.judge();
