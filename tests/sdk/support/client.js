// The npm client as published, with a note taken of every answer it gives.
import sdk from '@voucherify/sdk';

/** The client itself, for a server of startServer(). */
export function plainClient(server, options = {}) {
    const client = sdk.VoucherifyServerSide({
        applicationId: server.key.appId,
        secretKey: server.key.token,
        apiUrl: server.url,
        ...options,
    });
    holdAgainst(server, client.apiLimitsHandler.requestController.request);
    return client;
}

/** The client for pages, with keys of the kind client. */
export function pageClient(server, key, origin) {
    const client = sdk.VoucherifyClientSide({
        clientApplicationId: key.appId,
        clientSecretKey: key.token,
        apiUrl: server.url,
        origin,
    });
    holdAgainst(server, client.client.request);
    return client;
}

// What comes back over the client's connection, refusals included, is held against the description;
// before the client makes something of it.
function holdAgainst(server, http) {
    const note = (response) => {
        if (!response) return;
        const path = new URL(http.getUri(response.config), server.url).pathname;
        server.description.note(response.config.method.toUpperCase(), path, response.status,
                                response.headers['content-type'], response.data);
    };
    http.interceptors.response.handlers.unshift({
        fulfilled: (response) => {
            note(response);
            return response;
        },
        rejected: (error) => {
            note(error.response);
            return Promise.reject(error);
        },
    });
}

/**
 * The same client; `notes` collects {method: 'orders.create', answer} of all calls that succeeded.
 * Nothing of the client is changed: calls pass through, answers are copied on their way out.
 */
export function notedClient(server, notes, options = {}) {
    const client = plainClient(server, options);
    const watch = (target, path) =>
        new Proxy(target, {
            get(object, name) {
                const value = object[name];
                if (typeof value === 'object' && value !== null && name !== 'client')
                    return watch(value, [...path, name]);
                if (typeof value !== 'function') return value;
                return (...args) => {
                    const result = value.apply(object, args);
                    if (typeof result?.then !== 'function') {
                        notes.push({ method: [...path, name].join('.') });
                        return result;
                    }
                    return result.then((answer) => {
                        notes.push({ method: [...path, name].join('.'), answer });
                        return answer;
                    });
                };
            },
        });
    return watch(client, []);
}
