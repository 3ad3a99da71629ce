export const fault = (code, message, more) => Object.assign(new Error(message), { code }, more);
