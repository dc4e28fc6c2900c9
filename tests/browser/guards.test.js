// What the other tests rely on: flaws, overhang and complaints find what they are for.
import assert from 'node:assert/strict';

import { flaws, openStage, overhang } from './support/browser.js';

const stage = openStage();

stage.test('a picture without words and a pale text are flaws', async (open) => {
    const page = await open('/docs');
    await page.evaluate(() => {
        const pale = document.createElement('p');
        pale.style.color = '#eee';
        pale.style.background = '#fff';
        pale.textContent = 'pale';
        document.querySelector('main').prepend(document.createElement('img'), pale);
    });
    const found = (await flaws(page)).map((words) => words.split(':')[0]);
    assert.ok(found.includes('image-alt') && found.includes('color-contrast'), found.join());
});

stage.test('what is wider than the window sticks out', async (open) => {
    const page = await open('/', { width: 320 });
    await page.evaluate(() => {
        const wide = document.createElement('div');
        wide.className = 'wide';
        wide.style.width = '400px';
        wide.textContent = 'wide';
        document.querySelector('main').append(wide);
    });
    assert.match((await overhang(page)).join(), /DIV\.wide/);
});

stage.test('scripts that fail or that the policy forbids, and foreign addresses, are complaints', async (open) => {
    const page = await open('/');
    page.expected(/./);
    const refused = page.waitForEvent('console', (message) => /Content Security Policy/.test(message.text()));
    await page.evaluate(() => {
        const script = document.createElement('script');
        script.textContent = 'window.inline = true';
        document.head.append(script);
    });
    await refused;
    assert.equal(await page.evaluate(() => window.inline), undefined);
    const thrown = page.waitForEvent('pageerror');
    await page.evaluate(() => setTimeout(() => nothing_of_this_name(), 0));
    await thrown;
    assert.match(page.complaints.join('\n'), /console: .*Content Security Policy/);
    assert.match(page.complaints.join('\n'), /script: ReferenceError/);
});
