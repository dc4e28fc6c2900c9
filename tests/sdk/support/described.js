// Holds answers against /openapi.json, as tests/blackbox/described.py does: the status must be one that
// the operation names, the body must have a described content type and the types that are shown.
const methods = ['get', 'put', 'post', 'delete', 'patch'];

const isA = {
    null: (value) => value === null,
    boolean: (value) => typeof value === 'boolean',
    integer: (value) => Number.isInteger(value),
    number: (value) => typeof value === 'number',
    string: (value) => typeof value === 'string',
    object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    array: (value) => Array.isArray(value),
};

export class Description {
    wrong = new Map();  // the first of each kind
    tree = new Map();

    constructor(document) {
        this.document = document;
        for (const [path, item] of Object.entries(document.paths)) {
            let node = this.tree;
            for (const part of path.replace(/^\/|\/$/g, '').split('/')) {
                const key = part.startsWith('{') ? '{}' : part;
                if (!node.has(key)) node.set(key, new Map());
                node = node.get(key);
            }
            for (const method of methods)
                if (item[method]) node.set(`${method.toUpperCase()} `, [path, item[method]]);
        }
    }

    static async of(url) {
        return new Description(await (await fetch(`${url}/openapi.json`)).json());
    }

    find(method, path) {
        const walk = (node, rest) => {
            if (rest.length === 0) return node.get(`${method} `);
            for (const key of [rest[0], '{}']) {
                const found = node.get(key) instanceof Map && walk(node.get(key), rest.slice(1));
                if (found) return found;
            }
            return undefined;
        };
        return walk(this.tree, path.replace(/^\/|\/$/g, '').split('/').map(decodeURIComponent));
    }

    resolve(part) {
        while (part.$ref)
            part = part.$ref.slice(2).split('/').reduce((node, name) => node[name], this.document);
        return part;
    }

    /** Keeps what is not as described, in words. `body` is JSON that was read, or a text. */
    note(method, path, status, contentType, body) {
        const found = this.find(method === 'HEAD' ? 'GET' : method, path);
        if (!found) return;  // pages, and what is planned only: no promise is made of them
        const words = this.check(found[1], status, contentType, body);
        if (!words) return;
        const kind = `${method} ${found[0]} answered ${status}: ${words}`;
        if (!this.wrong.has(kind)) this.wrong.set(kind, `${kind}\n${JSON.stringify(body)?.slice(0, 600)}`);
    }

    check(operation, status, contentType, body) {
        const response = operation.responses[status] ?? operation.responses[`${Math.trunc(status / 100)}XX`];
        if (!response) return `described are ${Object.keys(operation.responses)}`;
        const { content } = this.resolve(response);
        if (status === 304 || body === undefined || body === null || body === '') return undefined;
        if (!content) return 'a body; none is described';
        const kind = (contentType ?? '').split(';')[0];
        if (!content[kind]) return `${kind}; described is ${Object.keys(content)}`;
        return kind === 'application/json' ? this.problem(content[kind].schema, body, '') : undefined;
    }

    problem(schema, value, at) {
        schema = this.resolve(schema);
        const types = [schema.type ?? []].flat();
        if (types.length > 0 && !types.some((type) => isA[type](value)))
            return `${at || 'the body'} must be ${types.join(' or ')}, and is ${JSON.stringify(value).slice(0, 80)}`;
        if (isA.object(value)) {
            for (const name of schema.required ?? [])
                if (!(name in value)) return `${at}/${name} is missing`;
            for (const [name, inner] of Object.entries(schema.properties ?? {})) {
                const found = name in value && this.problem(inner, value[name], `${at}/${name}`);
                if (found) return found;
            }
        }
        if (isA.array(value) && schema.items)
            for (const [number, one] of value.entries()) {
                const found = this.problem(schema.items, one, `${at}/${number}`);
                if (found) return found;
            }
        return undefined;
    }
}
