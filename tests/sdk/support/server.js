// A Perennial server of a test file's own: temporary data, a free loopback port, ended by its id.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Description } from './described.js';

const here = dirname(fileURLToPath(import.meta.url));
const { PERENNIAL_BIN, ...env } = process.env;
const binary = resolve(PERENNIAL_BIN || join(here, '../../../build/perennial'));

/** Runs the binary to its end. Rejects with what it printed when it fails. */
export function perennial(...args) {
    const child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    return new Promise((done, failed) => {
        child.on('error', failed);
        child.on('close', (code) =>
            code === 0 ? done(out) : failed(new Error(`${args.join(' ')} ended with ${code}\n${out}${err}`)));
    });
}

function field(text, name) {
    const found = new RegExp(`^\\s*${name}: (\\S+)$`, 'm').exec(text);
    if (!found) throw new Error(`no ${name} in\n${text}`);
    return found[1];
}

/** {appId, token} of a new key. */
export async function createKey(folder, ...args) {
    const text = await perennial('keys', 'create', '--data-dir', folder, ...args);
    return { appId: field(text, 'X-App-Id'), token: field(text, 'X-App-Token') };
}

// Waits for the line that says where it listens; the text so far is kept for a failure's message.
function address(child) {
    let text = '';
    return new Promise((done, failed) => {
        const read = (chunk) => {
            text += chunk;
            const found = /runs at (http:\/\/[\d.]+:\d+)/.exec(text);
            if (found) done({ url: found[1], printed: () => text });
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.on('error', failed);
        child.on('exit', (code) => failed(new Error(`the server ended with ${code}\n${text}`)));
    });
}

/**
 * Starts a server: {url, key, folder, description, printed(), stop()}.
 * `make(folder)` may prepare the data first; `command` is serve or demo.
 */
export async function startServer({ command = ['serve'], make, withKey = true, name = 'sdk' } = {}) {
    const folder = await mkdtemp(join(tmpdir(), `perennial-${name}-`));
    let child;
    const stop = async () => {
        if (child && child.exitCode === null && child.signalCode === null) {
            const ended = new Promise((done) => child.once('exit', done));
            child.kill('SIGTERM');
            await ended;
        }
        process.removeListener('exit', kill);
        await rm(folder, { recursive: true, force: true });
    };
    const kill = () => child && child.kill('SIGKILL');
    process.on('exit', kill);  // an interrupted run leaves nothing behind
    try {
        if (make) await make(folder);
        const key = withKey ? await createKey(folder, '--role', 'ADMIN', '--name', 'tests') : undefined;
        child = spawn(binary, [...command, '--data-dir', folder, '--listen', '127.0.0.1:0'],
                      { env, stdio: ['ignore', 'pipe', 'pipe'] });
        const { url, printed } = await address(child);
        return { url, key, folder, description: await Description.of(url), printed, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}
