// A bare bot on matrix-js-sdk that answers every ping with an echo: what `tests/bench/echo.py` is on nio.
//   node echo.mjs URL USER DEVICE, with the access token in the environment
import "./quiet.mjs";
import * as sdk from "matrix-js-sdk";

const PING = "ping ";
const ECHO = "echo ";

const [baseUrl, userId, deviceId] = process.argv.slice(2);
const client = sdk.createClient({ baseUrl, userId, deviceId, accessToken: process.env.ECHO_TOKEN });
await client.initRustCrypto({ useIndexedDB: false });
await client.getCrypto().bootstrapCrossSigning({ authUploadDeviceSigningKeys: (upload) => upload(null) });
client.on(sdk.MatrixEventEvent.Decrypted, (event) => {
    const { body } = event.getContent();
    if (event.getSender() === userId || !body?.startsWith(PING)) return;
    client.sendEvent(event.getRoomId(), "m.room.message", {
        msgtype: "m.text",
        body: ECHO + body.slice(PING.length),
    });
});
process.on("unhandledRejection", (fault) => process.stderr.write(`unhandled: ${fault?.stack ?? fault}\n`));
await client.startClient();
