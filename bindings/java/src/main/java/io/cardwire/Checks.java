package io.cardwire;

import java.util.Objects;

/** Checks on this machine, which are free and send nothing. */
public final class Checks {
    private Checks() {}

    /**
     * Checks the form of a card number.
     *
     * @param cardNumber the number
     * @return what its digits say
     */
    public static CardNumberCheck cardNumber(String cardNumber) {
        byte[] text = Text.utf8(Objects.requireNonNull(cardNumber, "cardNumber"), "card_number");
        CApi.ensure();
        int[] wellFormed = new int[1];
        int[] luhn = new int[1];
        long[] error = new long[1];
        CallOptions.check(
                CApi.cardwire_check_card_number(text, text.length, wellFormed, luhn, error), error);
        return new CardNumberCheck(wellFormed[0] == 1, luhn[0] == 1);
    }

    /**
     * Checks the form of a resident identity number.
     *
     * @param idNumber the number
     * @return what its characters say
     */
    public static IdNumberCheck idNumber(String idNumber) {
        byte[] text = Text.utf8(Objects.requireNonNull(idNumber, "idNumber"), "id_number");
        CApi.ensure();
        int[] wellFormed = new int[1];
        int[] checksum = new int[1];
        int[] birthDate = new int[1];
        long[] error = new long[1];
        CallOptions.check(
                CApi.cardwire_check_id_number(text, text.length, wellFormed, checksum, birthDate, error), error);
        return new IdNumberCheck(wellFormed[0] == 1, checksum[0] == 1, birthDate[0] == 1);
    }

    /**
     * Checks a photo against each vendor's limits. Only its header is read.
     *
     * @param image the photo
     * @return what its header says, and which vendors take it
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where the bytes are no image of a format that
     *     any vendor takes
     */
    public static ImageCheck image(byte[] image) {
        return image(image, false);
    }

    /**
     * Checks a photo as {@link #image(byte[])} does, and may look at it: whether its number can be read, and if not,
     * whether it shows no card, is not sharp or is cut. A look takes some tenths of a second on the calling thread.
     *
     * @param image the photo
     * @param look whether to look at it
     * @return what its header says, which vendors take it, and what the look showed
     * @throws CardwireException {@link Kind#INVALID_ARGUMENT} where the bytes are no image of a format that any
     *     vendor takes; of a look also where they are damaged, or have more pixels than the vendor {@code offline}
     *     takes. {@link Kind#UNSUPPORTED} for a look where the native library was built without {@code offline}
     */
    public static ImageCheck image(byte[] image, boolean look) {
        Objects.requireNonNull(image, "image");
        CApi.ensure();
        long[] check = new long[1];
        long[] error = new long[1];
        CallOptions.check(
                look
                        ? CApi.cardwire_look_at_image(image, image.length, check, error)
                        : CApi.cardwire_check_image(image, image.length, check, error),
                error);
        try {
            return Document.parse(
                            CApi.text(
                                    CApi.cardwire_image_check_json(check[0]),
                                    CApi.cardwire_image_check_json_len(check[0])))
                    .read(ImageCheck.class);
        } finally {
            CApi.cardwire_image_check_free(check[0]);
        }
    }
}
