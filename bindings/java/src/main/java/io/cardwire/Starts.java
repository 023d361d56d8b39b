package io.cardwire;

import java.util.Objects;

/** How the library begins each operation. */
final class Starts {
    private Starts() {}

    static Call.Start recognition(Image image) {
        return Objects.requireNonNull(image, "image")::start;
    }

    static Call.Start verification(Cardholder cardholder) {
        Objects.requireNonNull(cardholder, "cardholder");
        return (client, options, call, error) -> {
            long open = open(cardholder);
            try {
                return CApi.cardwire_verify_start(client, open, options, CApi.DONE_ADDRESS, call, error);
            } finally {
                CApi.cardwire_cardholder_free(open);
            }
        };
    }

    private static long open(Cardholder cardholder) {
        byte[] number = Text.utf8(cardholder.cardNumber(), "card_number");
        byte[] name = Text.utf8(cardholder.name(), "name");
        byte[] id = cardholder.idNumber() == null ? null : Text.utf8(cardholder.idNumber(), "id_number");
        byte[] phone = cardholder.phone() == null ? null : Text.utf8(cardholder.phone(), "phone");
        long[] made = new long[1];
        long[] error = new long[1];
        CallOptions.check(
                CApi.cardwire_cardholder_new(number, number.length, name, name.length, made, error), error);
        long open = made[0];
        try {
            if (id != null) {
                CallOptions.check(CApi.cardwire_cardholder_set_id_number(open, id, id.length, error), error);
            }
            if (phone != null) {
                CallOptions.check(CApi.cardwire_cardholder_set_phone(open, phone, phone.length, error), error);
            }
            return open;
        } catch (RuntimeException | Error e) {
            CApi.cardwire_cardholder_free(open);
            throw e;
        }
    }

    static Call.Start lookup(String cardNumber) {
        Objects.requireNonNull(cardNumber, "cardNumber");
        return (client, options, call, error) -> {
            byte[] number = Text.utf8(cardNumber, "card_number");
            return CApi.cardwire_lookup_card_start(
                    client, number, number.length, options, CApi.DONE_ADDRESS, call, error);
        };
    }

    static Call.Start order(String orderId) {
        Objects.requireNonNull(orderId, "orderId");
        return (client, options, call, error) -> {
            byte[] number = Text.utf8(orderId, "order_id");
            return CApi.cardwire_fetch_order_start(
                    client, number, number.length, options, CApi.DONE_ADDRESS, call, error);
        };
    }
}
