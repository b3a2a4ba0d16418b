// A clinician's Element engine as a program: one JSON command a line in, one JSON answer a line out.
//   {"id": 1, "command": "join", "room": "!…"}  ->  {"id": 1, "ok": true, "result": null}  or  {"id": 1, "error": "…"}
// Commands are the methods of Session. They run side by side; it ends with "stop" or when its input ends.
import { createInterface } from "node:readline";

import { Session } from "./session.mjs";

const COMMANDS = new Set(
    Object.getOwnPropertyNames(Session.prototype).filter((name) => name !== "constructor"),
);
const session = new Session();

function answer(id, outcome) {
    return new Promise((written) => process.stdout.write(`${JSON.stringify({ id, ...outcome })}\n`, written));
}

async function carryOut({ id, command, ...details }) {
    try {
        if (!COMMANDS.has(command)) throw new Error(`unknown command ${command}`);
        const result = (await session[command](details)) ?? null;
        await answer(id, { ok: true, result });
    } catch (fault) {
        await answer(id, { error: `${fault.errcode ?? fault.name}: ${fault.message}` });
    }
    if (command === "stop") process.exit(0);
}

// The SDK goes on by itself after most of what it throws in the background; what matters shows in `events`.
process.on("unhandledRejection", (fault) => process.stderr.write(`unhandled: ${fault?.stack ?? fault}\n`));

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => carryOut(JSON.parse(line)));
// Whoever started us is gone: nothing may be left behind.
lines.on("close", () => process.exit(0));
