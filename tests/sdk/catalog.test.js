// Products, SKUs and product collections.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { assertFails, assertHas, fresh, isoMoment, openShop } from './support/shop.js';

const shop = openShop();
const makeProduct = (changes = {}) =>
    shop.client.products.create({ source_id: fresh('product'), name: 'Coffee', price: 380, ...changes });

test('create a product, and the same source_id again changes it', async () => {
    const source_id = fresh('beans');
    const made = await shop.client.products.create({
        source_id, name: 'Beans', price: 1290, attributes: ['roast', 'size'],
        metadata: { organic: true }, image_url: 'https://example.org/beans.png',
    });
    assert.match(made.id, /^prod_/);
    assert.deepEqual(made.attributes, ['roast', 'size']);
    assert.match(made.created_at, isoMoment);
    assertHas(made, 'updated_at', 'image_url', 'metadata');
    const again = await shop.client.products.create({ source_id, price: 1390 });
    assert.equal(again.id, made.id);
    assert.equal(again.price, 1390);
    assert.equal(again.name, 'Beans');
});

test('get a product by id and source_id, with its SKUs', async () => {
    const made = await makeProduct();
    const sku = await shop.client.products.createSku(made.id, { sku: 'Large', source_id: fresh('sku') });
    for (const name of [made.id, made.source_id]) {
        const got = await shop.client.products.get(name);
        assert.equal(got.id, made.id);
        assert.equal(got.skus.object, 'list');
        assert.equal(got.skus.total, 1);
        assert.equal(got.skus.data[0].id, sku.id);
    }
});

test('update a product by id and by source_id', async () => {
    const made = await makeProduct({ metadata: { a: 1 } });
    const byId = await shop.client.products.update({ id: made.id, name: 'Tea', metadata: { b: 2 } });
    assert.equal(byId.name, 'Tea');
    assert.deepEqual(byId.metadata, { a: 1, b: 2 });
    const bySource = await shop.client.products.update({ source_id: made.source_id, image_url: null, price: 1 });
    assert.equal(bySource.id, made.id);
    assert.equal(bySource.price, 1);
});

test('list products', async () => {
    const made = await makeProduct();
    const list = await shop.client.products.list({ limit: 2, page: 1 });
    assert.equal(list.object, 'list');
    assert.equal(list.data_ref, 'products');
    assert.equal(list.products[0].id, made.id);
    assert.ok(list.total >= list.products.length);
    assert.ok((await shop.client.products.list()).products.length <= 10);
});

test('delete a product, and for good', async () => {
    const made = await makeProduct();
    await shop.client.products.createSku(made.id, { sku: 'One' });
    await shop.client.products.delete(made.id);
    await assertFails(shop.client.products.get(made.id), 404, 'not_found');
    const other = await makeProduct();
    await shop.client.products.delete(other.source_id, { force: true });
    await assertFails(shop.client.products.get(other.id), 404, 'not_found');
});

test('SKUs: create, upsert, get, update, list, delete', async () => {
    const product = await makeProduct({ attributes: ['color'] });
    const source_id = fresh('red');
    const made = await shop.client.products.createSku(product.id, {
        sku: 'Red', source_id, price: 500, currency: 'EUR', attributes: { color: 'red' }, metadata: { w: 1 },
    });
    assert.match(made.id, /^sku_/);
    assert.equal(made.product_id, product.id);
    assert.deepEqual(made.attributes, { color: 'red' });
    assertHas(made, 'currency', 'image_url', 'updated_at');
    const again = await shop.client.products.createSku(product.source_id, { sku: 'Red!', source_id });
    assert.equal(again.id, made.id);
    assert.equal(again.price, 500);
    assert.equal((await shop.client.products.getSku(made.id)).sku, 'Red!');
    assert.equal((await shop.client.products.getSku(source_id)).id, made.id);
    const changed = await shop.client.products.updateSku(product.id, { id: made.id, sku: 'R', price: 600 });
    assert.equal(changed.price, 600);
    assert.equal((await shop.client.products.updateSku(product.id, { source_id, sku: 'R2' })).sku, 'R2');
    const list = await shop.client.products.listSkus(product.id);
    assert.equal(list.total, 1);
    assert.equal(list.object, 'list');
    assert.equal(list.skus[0].id, made.id);
    await shop.client.products.deleteSku(product.id, made.id);
    await assertFails(shop.client.products.getSku(made.id), 404, 'not_found');
    const more = await shop.client.products.createSku(product.id, { sku: 'Blue' });
    await shop.client.products.deleteSku(product.id, more.id, { force: true });
    assert.equal((await shop.client.products.listSkus(product.id)).total, 0);
});

test('a static collection of products and SKUs', async () => {
    const product = await makeProduct();
    const sku = await shop.client.products.createSku(product.id, { sku: 'S' });
    const made = await shop.client.productCollections.create({
        type: 'STATIC', name: fresh('drinks'),
        products: [{ id: product.id, object: 'product' }, { id: sku.id, product_id: product.id, object: 'sku' }],
    });
    assert.match(made.id, /^pc_/);
    assert.equal(made.object, 'products_collection');
    assert.equal(made.products.length, 2);
    assert.deepEqual(await shop.client.productCollections.get(made.id), made);
    const inside = await shop.client.productCollections.listProducts(made.id, { limit: 10, page: 1 });
    assert.deepEqual(inside.data.map((thing) => thing.object).sort(), ['product', 'sku']);
    assert.equal(inside.total, 2);
    await assertFails(shop.client.productCollections.create({ type: 'STATIC', name: made.name, products: [] }),
                      409, 'duplicate_found');
});

test('a collection by filter follows the catalogue', async () => {
    const word = fresh('Filtered');
    const made = await shop.client.productCollections.create({
        type: 'AUTO_UPDATE', name: word,
        filter: { junction: 'AND', name: { conditions: { $starts_with: [word] } } },
    });
    assert.equal((await shop.client.productCollections.listProducts(made.id)).total, 0);
    const product = await makeProduct({ name: `${word} roast` });
    await makeProduct({ name: 'Other' });
    const inside = await shop.client.productCollections.listProducts(made.id);
    assert.deepEqual(inside.data.map((thing) => thing.id), [product.id]);
    const list = await shop.client.productCollections.list({ limit: 100, page: 1, order: '-created_at' });
    assert.equal(list.data_ref, 'data');
    assert.equal(list.data[0].id, made.id);
    await shop.client.productCollections.delete(made.id);
    await assertFails(shop.client.productCollections.get(made.id), 404, 'not_found');
});

shop.judge();
