// One clinician's device on matrix-js-sdk, the engine inside Element, with its habits where they matter to the bot.
import "./quiet.mjs";
import * as sdk from "matrix-js-sdk";
import {
    AllDevicesIsolationMode,
    EventShieldColour,
    EventShieldReason,
    OnlySignedDevicesIsolationMode,
} from "matrix-js-sdk/lib/crypto-api/index.js";
import {
    VerificationPhase,
    VerificationRequestEvent,
    VerifierEvent,
} from "matrix-js-sdk/lib/crypto-api/verification.js";
import { M_POLL_KIND_UNDISCLOSED } from "matrix-js-sdk/lib/@types/polls.js";
import { PollResponseEvent } from "matrix-js-sdk/lib/extensible_events_v1/PollResponseEvent.js";

import { decryptAttachment, encryptAttachment } from "./attachments.mjs";

const TIMELINE_LIMIT = 500; // events; a burst longer than this would leave a gap that we do not fill
const RED_AND_GREY_MODE = "all"; // Element's default; anything else is "exclude insecure devices"

export class Session {
    #client;
    #crypto;
    #userId;
    #password;
    #request; // the verification that this person has begun
    #verified; // settles when it has ended
    #sas; // what both sides compare
    #seen = new Map(); // room id -> event id -> the event as sync brought it

    /** A new device in sync, signed by its owner unless crossSign is false. */
    async login({ url, user, password, isolation, crossSign }) {
        const identifier = { type: "m.id.user", user };
        const request = { type: "m.login.password", identifier, password };
        const { user_id, access_token, device_id } = await sdk
            .createClient({ baseUrl: url })
            .loginRequest({ ...request, initial_device_display_name: "Element engine" });
        this.#userId = user_id;
        this.#password = password;
        this.#client = sdk.createClient({
            baseUrl: url,
            userId: user_id,
            accessToken: access_token,
            deviceId: device_id,
        });
        await this.#startCrypto(isolation, crossSign ?? true);
        await this.#startSync();
        return { user: user_id, device: device_id };
    }

    async #startCrypto(isolation, crossSign) {
        await this.#client.initRustCrypto({ useIndexedDB: false });
        this.#crypto = this.#client.getCrypto();
        this.#crypto.setDeviceIsolationMode(
            isolation === RED_AND_GREY_MODE
                ? new AllDevicesIsolationMode(false)
                : new OnlySignedDevicesIsolationMode(),
        );
        if (!crossSign) return;
        await this.#crypto.bootstrapCrossSigning({
            authUploadDeviceSigningKeys: (upload) => this.#withPassword(upload),
        });
    }

    async #withPassword(upload) {
        try {
            await upload(null);
        } catch (refusal) {
            if (refusal.httpStatus !== 401 || !refusal.data?.session) throw refusal;
            await upload({
                type: "m.login.password",
                identifier: { type: "m.id.user", user: this.#userId },
                password: this.#password,
                session: refusal.data.session,
            });
        }
    }

    async #startSync() {
        this.#client.on(sdk.ClientEvent.Event, (event) => this.#remember(event));
        const ready = new Promise((resolve, reject) => {
            this.#client.on(sdk.ClientEvent.Sync, (state, _previous, data) => {
                if (state === sdk.SyncState.Prepared) resolve();
                if (state === sdk.SyncState.Error) reject(data?.error ?? new Error("sync failed"));
            });
        });
        const filter = new sdk.Filter(this.#userId);
        filter.setTimelineLimit(TIMELINE_LIMIT);
        await this.#client.startClient({ filter, initialSyncLimit: TIMELINE_LIMIT, threadSupport: true });
        await ready;
    }

    #remember(event) {
        const room = event.getRoomId();
        if (!room || !event.getId()) return;
        if (!this.#seen.has(room)) this.#seen.set(room, new Map());
        this.#seen.get(room).set(event.getId(), event);
    }

    /** A room as Element makes it: closed, encrypted, guests let in. */
    async createRoom({ name, invite, direct, powerLevels }) {
        const { room_id } = await this.#client.createRoom({
            name: name ?? undefined,
            invite: invite ?? [],
            is_direct: direct ?? false,
            preset: direct ? sdk.Preset.TrustedPrivateChat : sdk.Preset.PrivateChat,
            visibility: sdk.Visibility.Private,
            power_level_content_override: powerLevels ?? undefined,
            initial_state: [
                { type: "m.room.encryption", state_key: "", content: { algorithm: "m.megolm.v1.aes-sha2" } },
                { type: "m.room.guest_access", state_key: "", content: { guest_access: "can_join" } },
            ],
        });
        return room_id;
    }

    async invite({ room, user }) {
        await this.#client.invite(room, user);
    }

    async join({ room }) {
        await this.#client.joinRoom(room);
    }

    async leave({ room }) {
        await this.#client.leave(room);
    }

    /** The rooms known to this device, invitations among them, and whether each is encrypted. */
    rooms() {
        return this.#client.getRooms().map((room) => ({
            room: room.roomId,
            membership: room.getMyMembership(),
            encrypted: room.hasEncryptionStateEvent(),
        }));
    }

    async #send(room, type, content) {
        return (await this.#client.sendEvent(room, type, content)).event_id;
    }

    /** Any content of any type, encrypted where the room is. */
    sendEvent({ room, type, content }) {
        return this.#send(room, type, content);
    }

    sendText({ room, text, relates }) {
        return this.#send(room, "m.room.message", { msgtype: "m.text", body: text, ...related(relates) });
    }

    /** An encrypted image; with a caption the body is the caption, without one the file's name, as Element has it. */
    async sendImage({ room, data, name, caption, mimetype, info, relates }) {
        const bytes = Buffer.from(data, "base64");
        const { ciphertext, file } = await encryptAttachment(bytes);
        const upload = await this.#client.uploadContent(new Blob([ciphertext]), {
            type: "application/octet-stream",
            includeFilename: false,
        });
        return this.#send(room, "m.room.message", {
            msgtype: "m.image",
            body: caption ?? name,
            ...(caption === null || caption === undefined ? {} : { filename: name }),
            info: { mimetype, size: bytes.length, ...info },
            file: { ...file, url: upload.content_uri },
            ...related(relates),
        });
    }

    edit({ room, event, text }) {
        const words = { msgtype: "m.text", body: text };
        return this.#send(room, "m.room.message", {
            ...words,
            body: `* ${text}`,
            "m.new_content": words,
            ...related({ rel_type: "m.replace", event_id: event }),
        });
    }

    react({ room, event, key }) {
        return this.#send(room, "m.reaction", related({ rel_type: "m.annotation", event_id: event, key }));
    }

    votePoll({ room, poll, answer }) {
        const { type, content } = PollResponseEvent.from([answer], poll).serialize();
        return this.#send(room, type, content);
    }

    /** What the engine makes of a poll: whether it hides the votes, and whether it has ended. */
    pollModel({ room, poll }) {
        const model = this.#client.getRoom(room).polls.get(poll);
        return { undisclosed: M_POLL_KIND_UNDISCLOSED.matches(model.pollEvent.kind.name), ended: model.isEnded };
    }

    async redact({ room, event, reason }) {
        const options = reason ? { reason } : undefined;
        return (await this.#client.redactEvent(room, event, undefined, options)).event_id;
    }

    /** Every event of a room that this device was ever sent, in the order of arrival, as it stands now. */
    async events({ room }) {
        const known = this.#client.getRoom(room);
        const seen = [...(this.#seen.get(room)?.values() ?? [])];
        // The room's own copy is the one that redactions and edits are applied to.
        return Promise.all(seen.map((event) => this.#describe(known?.findEventById(event.getId()) ?? event)));
    }

    async #describe(event) {
        await this.#client.decryptEventIfNeeded(event);
        const shield = await this.#crypto.getEncryptionInfoForEvent(event);
        return {
            id: event.getId(),
            sender: event.getSender(),
            type: event.getType(),
            wireType: event.getWireType(),
            stateKey: event.getStateKey() ?? null,
            content: event.getOriginalContent(),
            shown: event.getContent(),
            relation: event.getWireContent()["m.relates_to"] ?? null,
            redacted: event.isRedacted(),
            decryptionFailure: event.isDecryptionFailure() ? event.decryptionFailureReason : null,
            shieldColour: shield ? EventShieldColour[shield.shieldColour] : null,
            shieldReason: shield?.shieldReason == null ? null : EventShieldReason[shield.shieldReason],
        };
    }

    /** The clear bytes behind an event's `content.file`, in base64. */
    async downloadMedia({ file }) {
        const address = this.#client.mxcUrlToHttp(file.url, undefined, undefined, undefined, false, true, true);
        const headers = { Authorization: `Bearer ${this.#client.getAccessToken()}` };
        const response = await fetch(address, { headers });
        if (!response.ok) throw new Error(`download refused: ${response.status}`);
        const clear = await decryptAttachment(new Uint8Array(await response.arrayBuffer()), file);
        return Buffer.from(clear).toString("base64");
    }

    /** Ask somebody to be verified: in a room, as Element does in a direct chat, or a device by to-device messages. */
    async requestVerification({ user, room, device }) {
        this.#request = room
            ? await this.#crypto.requestVerificationDM(user, room)
            : await this.#crypto.requestDeviceVerification(user, device);
        return this.#request.transactionId;
    }

    /** Choose emojis once the other side is ready, and give what this side shows. */
    async compareEmojis() {
        await this.#inPhase(VerificationPhase.Ready);
        const verifier = await this.#request.startVerification("m.sas.v1");
        const shown = new Promise((resolve) => verifier.on(VerifierEvent.ShowSas, resolve));
        this.#verified = verifier.verify();
        this.#verified.catch(() => {});
        this.#sas = await Promise.race([shown, this.#verified.then(() => shown)]);
        return { emojis: this.#sas.sas.emoji, decimals: this.#sas.sas.decimal };
    }

    /** Say whether the emojis are the same. */
    async sayEmojis({ same }) {
        await (same ? this.#sas.confirm() : this.#sas.mismatch());
    }

    /** How the verification has ended: "done", or the code with which it was called off, and by whom. */
    async verificationEnd() {
        await this.#inPhase(VerificationPhase.Done).catch(() => {});
        const done = this.#request.phase === VerificationPhase.Done;
        return { end: done ? "done" : this.#request.cancellationCode, by: this.#request.cancellingUserId ?? null };
    }

    /** Whether this person's engine holds somebody for verified. */
    async isVerified({ user }) {
        return (await this.#crypto.getUserVerificationStatus(user)).isCrossSigningVerified();
    }

    #inPhase(wanted) {
        return new Promise((resolve, reject) => {
            const look = () => {
                if (this.#request.phase === wanted) resolve();
                if (this.#request.phase === VerificationPhase.Cancelled) reject(new Error("verification called off"));
            };
            this.#request.on(VerificationRequestEvent.Change, look);
            look();
        });
    }

    stop() {
        this.#client?.stopClient();
    }
}

const related = (relation) => (relation ? { "m.relates_to": relation } : {});
