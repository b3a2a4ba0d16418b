// Attachments of encrypted rooms: Client-Server API, "Sending encrypted attachments".
import { decodeBase64, encodeUnpaddedBase64 } from "matrix-js-sdk/lib/base64.js";

const { subtle } = globalThis.crypto;
const COUNTER_BITS = 64; // the lower half of the counter block counts, the upper half is random

const sha256 = async (bytes) => encodeUnpaddedBase64(new Uint8Array(await subtle.digest("SHA-256", bytes)));

/** Encrypt bytes under a fresh key: the ciphertext to upload, and the `file` that opens it (its url still missing). */
export async function encryptAttachment(bytes) {
    const counter = new Uint8Array(16);
    globalThis.crypto.getRandomValues(counter.subarray(0, 8));
    const key = await subtle.generateKey({ name: "AES-CTR", length: 256 }, true, ["encrypt", "decrypt"]);
    const ciphertext = new Uint8Array(
        await subtle.encrypt({ name: "AES-CTR", counter, length: COUNTER_BITS }, key, bytes),
    );
    const jwk = await subtle.exportKey("jwk", key);
    const file = {
        v: "v2",
        key: { kty: "oct", key_ops: ["encrypt", "decrypt"], alg: "A256CTR", k: jwk.k, ext: true },
        iv: encodeUnpaddedBase64(counter),
        hashes: { sha256: await sha256(ciphertext) },
    };
    return { ciphertext, file };
}

/** Check a ciphertext against its `file` and open it; throws when the hash is another. */
export async function decryptAttachment(ciphertext, file) {
    if ((await sha256(ciphertext)) !== file.hashes.sha256) throw new Error("the attachment's hash does not match");
    const key = await subtle.importKey("jwk", file.key, { name: "AES-CTR" }, false, ["decrypt"]);
    const counter = decodeBase64(file.iv);
    return new Uint8Array(await subtle.decrypt({ name: "AES-CTR", counter, length: COUNTER_BITS }, key, ciphertext));
}
