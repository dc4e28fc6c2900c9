// The set-up link: it shows the first keys once, and those keys work.
import assert from 'node:assert/strict';

import { flaws, judgePage, openStage, overhang } from './support/browser.js';

const stage = openStage({ withKey: false });
const linkOf = () => {
    const found = /Set up: open (http\S+)(\/setup\/\S+)/.exec(stage.server.printed());
    assert.ok(found, stage.server.printed());
    return { origin: found[1], path: found[2] };
};

judgePage(stage, 'set-up page, before', (open, options) => open(linkOf().path, options));

stage.test('the link leads to this server', async () => {
    assert.equal(linkOf().origin, stage.server.url);
});

stage.test('looking does not use the link up; the button shows keys that work', async (open) => {
    await open(linkOf().path);
    const page = await open(linkOf().path);
    await page.getByRole('button', { name: 'Show my keys' }).click();
    await page.getByRole('heading', { name: 'Your keys' }).waitFor();
    const headers = {
        'X-App-Id': await page.locator('#app-id').innerText(),
        'X-App-Token': await page.locator('#app-token').innerText(),
    };
    const answer = await fetch(`${stage.server.url}/v1/customers`, { headers });
    assert.equal(answer.status, 200);
    assert.ok((await page.locator('#curl').innerText()).startsWith(`curl '${stage.server.url}/v1/customers'`));

    // This page shows once, so it is looked at here in both themes and narrow.
    for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        assert.deepEqual(await flaws(page), [], colorScheme);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    assert.deepEqual(await overhang(page), []);
    assert.deepEqual(await flaws(page), []);

    // The reference in the same tab knows them already.
    await page.getByRole('link', { name: 'Try the API' }).click();
    await page.waitForSelector('#calls[aria-busy="false"]');
    assert.equal(await page.getByLabel('X-App-Id').inputValue(), headers['X-App-Id']);
    assert.equal(await page.getByLabel('X-App-Token').inputValue(), headers['X-App-Token']);

    const again = await open(linkOf().path);
    const button = again.getByRole('button', { name: 'Show my keys' });
    if (await button.count()) await button.click();
    await again.getByRole('heading', { name: /has been used/ }).waitFor();
    assert.ok(!(await again.content()).includes(headers['X-App-Token']));
});

judgePage(stage, 'set-up page, used', async (open, options) => {
    const page = await open(linkOf().path, options);
    const button = page.getByRole('button', { name: 'Show my keys' });
    if (await button.count()) await button.click();
    await page.getByRole('heading', { name: /has been used/ }).waitFor();
    return page;
});
