package io.cardwire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** A result as the library packs it: numbers and texts, in an order that both sides know. */
final class Packed {
    static final Outcome[] OUTCOMES = Outcome.values();
    static final Reason[] REASONS = Reason.values();
    static final LookupReason[] LOOKUP_REASONS = LookupReason.values();
    static final CardKind[] CARD_KINDS = CardKind.values();
    static final WarningKind[] WARNING_KINDS = WarningKind.values();
    static final Sent[] SENT = Sent.values();
    static final Billed[] BILLED = Billed.values();
    private static final Kind[] KINDS = Kind.values();
    private static final Vendor[] VENDORS = Vendor.values();

    private final long[] numbers;
    private final String[] texts;
    private int nextNumber;
    private int nextText;

    /** Reads what is packed at an address. */
    Packed(long address, long size) {
        byte[] bytes = CApi.bytes(address, size);
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        numbers = new long[(int) words.getLong()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = words.getLong();
        }
        texts = new String[(int) words.getLong()];
        int at = words.position() + Long.BYTES * texts.length;
        for (int i = 0; i < texts.length; i++) {
            int length = (int) words.getLong();
            if (length >= 0) {
                texts[i] = new String(bytes, at, length, StandardCharsets.UTF_8);
                at += length;
            }
        }
    }

    long number() {
        return numbers[nextNumber++];
    }

    /** A number, or null in place of the one that says that there is none. */
    Integer number(int none) {
        long number = number();
        return number == none ? null : Integer.valueOf((int) number);
    }

    String text() {
        return texts[nextText++];
    }

    /** One of an enumeration's values, which count from 1 in the library; null for 0. */
    <E extends Enum<E>> E named(E[] values) {
        int number = (int) number();
        if (number > values.length) {
            throw newer(values.getClass().getComponentType().getSimpleName() + " " + number);
        }
        return number == 0 ? null : values[number - 1];
    }

    /** The kind of a failure, null for ok. */
    Kind failure() {
        int number = (int) number();
        if (number == 0) {
            return null;
        }
        for (Kind kind : KINDS) {
            if (kind.number() == number) {
                return kind;
            }
        }
        throw newer("status " + number);
    }

    Vendor vendor() {
        String name = text();
        if (name == null) {
            return null;
        }
        for (Vendor vendor : VENDORS) {
            if (vendor.slug().equals(name)) {
                return vendor;
            }
        }
        throw newer("vendor " + name);
    }

    /** As many as the next number says. */
    <T> List<T> list(Function<Packed, T> read) {
        int count = (int) number();
        if (count == 1) {
            return List.of(read.apply(this));
        }
        List<T> list = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            list.add(read.apply(this));
        }
        return List.copyOf(list);
    }

    private static CardwireException newer(String what) {
        return CardwireException.of(
                Kind.INTERNAL, null, "the native library is newer than this jar: it says " + what);
    }
}
