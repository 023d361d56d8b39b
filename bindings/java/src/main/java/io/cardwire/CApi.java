package io.cardwire;

import com.sun.jna.Callback;
import com.sun.jna.CallbackReference;
import com.sun.jna.CallbackThreadInitializer;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;

/**
 * The functions of {@code cardwire.h}, as JNA maps them. Pointers and sizes are {@code long}: the library
 * is for 64-bit systems, and primitives are the shortest way across.
 */
final class CApi {
    /** Receives the end of a call: what it is given lives until this returns. */
    interface Done extends Callback {
        void done(long document, long documentLen, long raw, long rawLen, long error, long call);
    }

    /** Takes a request for a client or a batch, and returns a status. */
    interface Taker {
        int take(long object, long request, long requestLen, long image, long imageLen, long[] error);
    }

    /** Takes notice that a call of a batch has ended. */
    interface OnReady extends Callback {
        void ready(long batch);
    }

    /** Receives an event, which lives until this returns. */
    interface OnEvent extends Callback {
        void event(long event, long listener);
    }

    /** Answers a question, now or later. */
    interface OnAsk extends Callback {
        void ask(long ask, long provider);
    }

    /** Receives what a provider threw when no error has it any more. */
    interface Forget extends Callback {
        void forget(long thrown);
    }

    private static final Throwable FAILURE = load();

    /** The callbacks, kept here since the library holds only their addresses. */
    private static final Done DONE = End::done;
    private static final OnReady ON_READY = Batch::ready;
    private static final OnEvent ON_EVENT = Listeners::event;
    private static final OnAsk ON_ASK = Providers::ask;
    private static final Forget FORGET = Providers::forget;

    static final long DONE_ADDRESS = FAILURE == null ? address(DONE) : 0;
    static final long ON_READY_ADDRESS = FAILURE == null ? address(ON_READY) : 0;
    static final long ON_EVENT_ADDRESS = FAILURE == null ? address(ON_EVENT) : 0;
    static final long ON_ASK_ADDRESS = FAILURE == null ? address(ON_ASK) : 0;
    static final long FORGET_ADDRESS = FAILURE == null ? address(FORGET) : 0;

    private CApi() {}

    private static Throwable load() {
        try {
            Native.register(CApi.class, NativeLoader.load());
            String version = text(cardwire_version());
            String ours = "0.1.";
            return version.startsWith(ours)
                    ? null
                    : new UnsatisfiedLinkError("the library is " + version + ", this jar needs " + ours + "x");
        } catch (VirtualMachineError e) {
            throw e;
        } catch (Throwable e) {
            // JNA throws a plain Error where its own native part is of another version.
            return e;
        }
    }

    /**
     * Returns the address of a callback. Attached threads never keep the JVM alive, and stay attached: attaching costs
     * more than the call.
     */
    private static long address(Callback callback) {
        Native.setCallbackThreadInitializer(
                callback, new CallbackThreadInitializer(true, false, "cardwire-callback"));
        return Pointer.nativeValue(CallbackReference.getFunctionPointer(callback));
    }

    /** Says each time why there is no library, where a static initializer would say it once. */
    static void ensure() {
        if (FAILURE != null) {
            UnsatisfiedLinkError error =
                    new UnsatisfiedLinkError("cardwire: no native library: " + LoadFailure.explain(FAILURE));
            error.initCause(FAILURE);
            throw error;
        }
    }

    /** Reads a borrowed text. */
    static String text(long text) {
        return text == 0 ? null : new Pointer(text).getString(0, "UTF-8");
    }

    /** Reads a borrowed text of a known length. */
    static String text(long text, long length) {
        byte[] bytes = bytes(text, length);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Copies borrowed bytes. */
    static byte[] bytes(long bytes, long length) {
        return bytes == 0 ? null : new Pointer(bytes).getByteArray(0, Math.toIntExact(length));
    }

    static native long cardwire_version();

    static native long cardwire_status_advice(int status);

    static native long cardwire_contract();

    static native int cardwire_mask_card_number(byte[] cardNumber, long length, long error);

    static native int cardwire_client_new_with_providers(
            byte[] config,
            long configLen,
            long providers,
            long onEvent,
            long userData,
            long[] client,
            long[] error);

    static native void cardwire_client_free(long client);

    static native int cardwire_providers_new(long[] providers, long error);

    static native int cardwire_providers_set(
            long providers, byte[] name, long nameLen, long onAsk, long userData, long[] error);

    static native void cardwire_providers_free(long providers);

    static native long cardwire_ask_vendor(long ask);

    static native long cardwire_ask_account(long ask);

    static native long cardwire_ask_secret_count(long ask);

    static native long cardwire_ask_secret(long ask, long index);

    static native int cardwire_ask_reason(long ask);

    static native int cardwire_ask_set(
            long ask, byte[] secret, long secretLen, byte[] value, long valueLen, long error);

    static native int cardwire_ask_set_expires_in_ms(long ask, long expiresInMs, long error);

    static native int cardwire_ask_answer(long ask, long error);

    static native int cardwire_ask_fail(long ask, long cause, long freeCause, long error);

    static native long cardwire_error_provider_cause(long error);

    static native int cardwire_cancellation_new(long[] cancellation, long[] error);

    static native int cardwire_cancellation_cancel(long cancellation, long error);

    static native void cardwire_cancellation_free(long cancellation);

    static native void cardwire_call_run(
            long client,
            long request,
            long requestLen,
            long image,
            long imageLen,
            long cancellation,
            long callback,
            long userData);

    static native void cardwire_call_start(
            long client,
            long request,
            long requestLen,
            long image,
            long imageLen,
            long cancellation,
            long callback,
            long userData);

    static native int cardwire_batch_start(
            long client,
            long request,
            long requestLen,
            long cancellation,
            long onReady,
            long userData,
            long[] batch,
            long[] error);

    static native int cardwire_batch_next(long batch, long timeoutMs);

    static native int cardwire_batch_put(
            long batch, long request, long requestLen, long image, long imageLen, long[] error);

    static native int cardwire_batch_refuse(long batch, long[] index, long error);

    static native int cardwire_batch_end_inputs(long batch, long error);

    static native int cardwire_batch_take(
            long batch, long[] index, long callback, long userData, long[] error);

    static native void cardwire_batch_free(long batch);

    static native int cardwire_client_journal(long client, long[] journal, long[] error);

    static native int cardwire_journal_open(byte[] path, long pathLen, long[] journal, long[] error);

    static native int cardwire_journal_orders(
            long journal, byte[] filter, long filterLen, long[] records, long[] error);

    static native int cardwire_journal_unknown_orders(long journal, long[] records, long[] error);

    static native int cardwire_journal_find_order(
            long journal, byte[] orderId, long orderIdLen, long[] record, long[] error);

    static native int cardwire_journal_reconcile_order(
            long journal, byte[] orderId, long orderIdLen, byte[] note, long noteLen, long[] error);

    static native int cardwire_journal_export_orders(
            long journal,
            byte[] filter,
            long filterLen,
            byte[] path,
            long pathLen,
            long[] count,
            long[] error);

    static native int cardwire_journal_prune_orders(long journal, long beforeMs, long[] count, long[] error);

    static native void cardwire_journal_free(long journal);

    static native long cardwire_order_record_json(long record);

    static native long cardwire_order_record_json_len(long record);

    static native void cardwire_order_record_free(long record);

    static native long cardwire_order_records_json(long records);

    static native long cardwire_order_records_json_len(long records);

    static native void cardwire_order_records_free(long records);

    static native long cardwire_event_context(long event);

    static native long cardwire_event_text(long event);

    static native long cardwire_event_json(long event);

    static native long cardwire_event_json_len(long event);

    static native long cardwire_error_text(long error);

    static native long cardwire_error_json(long error);

    static native long cardwire_error_json_len(long error);

    static native long cardwire_error_candidate_count(long error);

    static native long cardwire_error_candidate_card_number(long error, long index);

    static native double cardwire_error_candidate_confidence(long error, long index);

    static native void cardwire_error_free(long error);

    static native int cardwire_client_health(long client, long[] health, long[] error);

    static native long cardwire_account_health_json(long health);

    static native long cardwire_account_health_json_len(long health);

    static native void cardwire_account_health_free(long health);

    static native int cardwire_lookup_issuer(
            long client, long cardNumber, long cardNumberLen, long[] issuer, long[] error);

    static native long cardwire_issuer_json(long issuer);

    static native long cardwire_issuer_json_len(long issuer);

    static native void cardwire_issuer_free(long issuer);

    static native int cardwire_check_card_number(
            byte[] cardNumber, long length, int[] wellFormed, int[] luhn, long[] error);

    static native int cardwire_check_id_number(
            byte[] idNumber, long length, int[] wellFormed, int[] checksum, int[] birthDate, long[] error);

    static native int cardwire_check_image(byte[] image, long length, long[] check, long[] error);

    static native int cardwire_look_at_image(byte[] image, long length, long[] check, long[] error);

    static native long cardwire_image_check_json(long check);

    static native long cardwire_image_check_json_len(long check);

    static native void cardwire_image_check_free(long check);
}
