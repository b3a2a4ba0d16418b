// Imported before the SDK: its logs would break our line protocol and carry message text.
const nothing = () => {};
globalThis.console = new Proxy(globalThis.console, {
    get: (target, name) => (typeof target[name] === "function" ? nothing : target[name]),
});
