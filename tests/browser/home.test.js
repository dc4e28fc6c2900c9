// The front page: live figures of each project, and the proof line that adds up.
import assert from 'node:assert/strict';

import { call, judgePage, openStage } from './support/browser.js';

const stage = openStage();

async function openHome(open, options) {
    const page = await open('/', options);
    await page.waitForSelector('.project');
    return page;
}

const numberOf = (text) => Number(text.replaceAll(',', '').replaceAll('\u2212', '-').replace(/[()]/g, ''));

/** The number in the strip over the programs. */
async function strip(page, name) {
    const text = await page.locator('.strip > div', { hasText: name }).locator('.figure').innerText();
    return numberOf(text);
}

// Waits until the page shows it: the page asks on its own, every two seconds.
async function shows(page, name, value) {
    await page.waitForFunction(
        ([label, wanted]) =>
            [...document.querySelectorAll('.strip > div')].some(
                (cell) => cell.querySelector('dt').textContent.startsWith(label) &&
                          cell.querySelector('.figure').textContent === wanted),
        [name, new Intl.NumberFormat('en').format(value)]);
}

stage.test('without a program it says how to make one', async (open) => {
    const page = await openHome(open);
    assert.match(await page.locator('.project').innerText(), /No program yet/);
    assert.equal(await strip(page, 'Orders'), 0);
});

let shop;
stage.test('figures change after an order, without loading the page again', async (open) => {
    const api = (method, path, body) => call(stage.server, method, path, body);
    const page = await openHome(open);
    const program = await api('POST', '/v1/loyalties', {
        name: 'Club', voucher: { type: 'LOYALTY_CARD', loyalty_card: { points: 0 } },
    });
    await api('POST', `/v1/loyalties/${program.id}/earning-rules`, [{
        event: 'order.paid',
        loyalty: { type: 'PROPORTIONAL', calculation_type: 'ORDER_AMOUNT', order: { amount: { every: 100, points: 1 } } },
    }]);
    const card = await api('POST', `/v1/loyalties/${program.id}/members`, { customer: { source_id: 'anna' } });
    await shows(page, 'Members', 1);
    await api('POST', '/v1/orders', { customer: { source_id: 'anna' }, amount: 123400, status: 'PAID' });
    await shows(page, 'Orders', 1);
    await shows(page, 'Points outstanding', 1234);
    assert.equal(await strip(page, 'Customers'), 1);
    assert.match(await page.locator('#engine').innerText(), /commands? in [\d,]+ transactions?/);
    shop = { api, program, card };
});

stage.test('the proof line adds up, by its own numbers and by those of the API', async (open) => {
    const { api, program, card } = shop;
    const product = await api('POST', '/v1/products', { name: 'Mug' });
    const reward = await api('POST', '/v1/rewards', {
        name: 'Mug', type: 'MATERIAL', parameters: { product: { id: product.id } },
    });
    await api('POST', `/v1/rewards/${reward.id}/assignments`,
              { campaign: program.id, parameters: { loyalty: { points: 300 } } });
    await api('POST', `/v1/loyalties/members/${card.id}/redemption`, { reward: { id: reward.id } });
    await api('POST', `/v1/loyalties/members/${card.id}/balance`, { points: -34 });
    const page = await openHome(open);
    await shows(page, 'Points outstanding', 900);
    const text = await page.locator('.proof p').innerText();
    const [left, right] = text.replace('Proof:', '').split('=');
    const value = (terms) =>
        terms.trim().replaceAll(' \u2212 ', ' + - ').split(' + ').reduce((sum, term) => {
            const taken = term.startsWith('- ');
            return sum + (taken ? -1 : 1) * numberOf(taken ? term.slice(2) : term);
        }, 0);
    assert.equal(value(left), 900, text);
    assert.equal(value(right), 900, text);
    assert.equal(await page.locator('.stamp').innerText(), 'Adds up');
    const member = await api('GET', `/v1/loyalties/members/${card.id}`);
    assert.equal(member.loyalty_card.balance, 900);
});

stage.test('Pause stops the figures, Go on starts them', async (open) => {
    const page = await openHome(open);
    const orders = await strip(page, 'Orders');
    await page.getByRole('button', { name: 'Pause' }).click();
    await shop.api('POST', '/v1/orders', { amount: 100 });
    assert.equal(await strip(page, 'Orders'), orders);
    await page.getByRole('button', { name: 'Go on' }).click();
    await shows(page, 'Orders', orders + 1);
});

stage.test('when the server is gone the page says so, and finds it again', async (open) => {
    const page = await openHome(open);
    page.expected(/Failed to load resource|figures/);
    await page.route('**/figures', (route) => route.abort());
    await page.waitForFunction(() => /not|lost|gone|again|reach/i.test(document.getElementById('state').textContent));
    await page.unroute('**/figures');
    await page.waitForFunction(() => /live/i.test(document.getElementById('state').textContent));
});

stage.test('the skip link leads to the figures', async (open) => {
    const page = await openHome(open);
    await page.keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.className), /skip/);
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
});

judgePage(stage, 'front page', openHome);
