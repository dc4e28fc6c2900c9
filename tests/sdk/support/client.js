// The npm client as published, with a note taken of every answer it gives.
import sdk from '@voucherify/sdk';

/** The client itself, for a server of startServer(). */
export function plainClient(server, options = {}) {
    return sdk.VoucherifyServerSide({
        applicationId: server.key.appId,
        secretKey: server.key.token,
        apiUrl: server.url,
        ...options,
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
                    if (typeof result?.then !== 'function') {  // scroll() gives its answers one by one
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
