// Errors: an Error with a stable `code`, and `node` and `tensor` where it is about one.

export const fault = (code, message, more) => Object.assign(new Error(message), { code }, more);
