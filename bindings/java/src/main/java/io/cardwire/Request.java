package io.cardwire;

import java.util.Objects;

/** One of the library's operations with its arguments, which the library has read when it returns. */
abstract class Request {
    /** A function of the library that takes bytes and calls back. */
    @FunctionalInterface
    interface Start {
        int start(long client, long bytes, long length, long options, long callback, long call, long error);
    }

    /** A function of the library that takes bytes and gives the result. */
    @FunctionalInterface
    interface Run {
        int run(long client, long bytes, long length, long options, long result, long error);
    }

    private Request() {}

    /** Begins the call, whose end the library tells by its number. */
    abstract int start(long client, long options, long call, Slot slot);

    /** Makes the call on this thread. */
    abstract int run(long client, long options, Slot slot);

    static Request recognition(Image image) {
        return Objects.requireNonNull(image, "image").request();
    }

    static Request photo(byte[] photo) {
        return new OfBytes(CApi::cardwire_recognize_start, CApi::cardwire_recognize) {
            @Override
            byte[] bytes() {
                return photo;
            }
        };
    }

    static Request text(String text, String argument, Start start, Run run) {
        return new OfBytes(start, run) {
            @Override
            byte[] bytes() {
                return Text.utf8(text, argument);
            }
        };
    }

    static Request lookup(String cardNumber) {
        return text(
                Objects.requireNonNull(cardNumber, "cardNumber"),
                "card_number",
                CApi::cardwire_lookup_card_start,
                CApi::cardwire_lookup_card);
    }

    static Request order(String orderId) {
        return text(
                Objects.requireNonNull(orderId, "orderId"),
                "order_id",
                CApi::cardwire_fetch_order_start,
                CApi::cardwire_fetch_order);
    }

    static Request verification(Cardholder cardholder) {
        return new OfCardholder(Objects.requireNonNull(cardholder, "cardholder"));
    }

    private abstract static class OfBytes extends Request {
        private final Start start;
        private final Run run;

        OfBytes(Start start, Run run) {
            this.start = start;
            this.run = run;
        }

        abstract byte[] bytes();

        @Override
        int start(long client, long options, long call, Slot slot) {
            byte[] bytes = bytes();
            return start.start(
                    client, slot.put(bytes), bytes.length, options, CApi.DONE_ADDRESS, call, slot.error());
        }

        @Override
        int run(long client, long options, Slot slot) {
            byte[] bytes = bytes();
            return run.run(client, slot.put(bytes), bytes.length, options, slot.result(), slot.error());
        }
    }

    private static final class OfCardholder extends Request {
        private final Cardholder cardholder;

        OfCardholder(Cardholder cardholder) {
            this.cardholder = cardholder;
        }

        @Override
        int start(long client, long options, long call, Slot slot) {
            long open = open(slot);
            try {
                return CApi.cardwire_verify_start(
                        client, open, options, CApi.DONE_ADDRESS, call, slot.error());
            } finally {
                CApi.cardwire_cardholder_free(open);
            }
        }

        @Override
        int run(long client, long options, Slot slot) {
            long open = open(slot);
            try {
                return CApi.cardwire_verify(client, open, options, slot.result(), slot.error());
            } finally {
                CApi.cardwire_cardholder_free(open);
            }
        }

        private static byte[] maybe(String text, String argument) {
            return text == null ? new byte[0] : Text.utf8(text, argument);
        }

        /** Makes the library's own cardholder. */
        private long open(Slot slot) {
            byte[] number = Text.utf8(cardholder.cardNumber(), "card_number");
            byte[] name = Text.utf8(cardholder.name(), "name");
            byte[] id = maybe(cardholder.idNumber(), "id_number");
            byte[] phone = maybe(cardholder.phone(), "phone");
            byte[] all = new byte[number.length + name.length + id.length + phone.length];
            System.arraycopy(number, 0, all, 0, number.length);
            System.arraycopy(name, 0, all, number.length, name.length);
            System.arraycopy(id, 0, all, number.length + name.length, id.length);
            System.arraycopy(phone, 0, all, all.length - phone.length, phone.length);
            long at = slot.put(all);
            long error = slot.error();
            slot.check(
                    CApi.cardwire_cardholder_new(
                            at, number.length, at + number.length, name.length, slot.result(), error));
            long open = slot.given();
            try {
                at += number.length + name.length;
                if (cardholder.idNumber() != null) {
                    slot.check(CApi.cardwire_cardholder_set_id_number(open, at, id.length, error));
                }
                if (cardholder.phone() != null) {
                    slot.check(CApi.cardwire_cardholder_set_phone(open, at + id.length, phone.length, error));
                }
                return open;
            } catch (RuntimeException | Error e) {
                CApi.cardwire_cardholder_free(open);
                throw e;
            }
        }
    }
}
