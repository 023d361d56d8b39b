/* Checks on this machine. */
#include "bad_input.h"

void local_checks(void) {
    int32_t a = 7, b = 7, d = 7;
    BAD_TEXT("card_number", cardwire_check_card_number(p, n, &a, &b, to));
    CHECK(a == 0 && b == 0);
    BAD_Z("card_number", cardwire_check_card_number_z(p, &a, &b, to));
    REFUSED("well_formed", cardwire_check_card_number("1", 1, NULL, &b, to));
    REFUSED("luhn", cardwire_check_card_number("1", 1, &a, NULL, to));
    REFUSED("well_formed", cardwire_check_card_number_z("1", NULL, &b, to));
    REFUSED("luhn", cardwire_check_card_number_z("1", &a, NULL, to));
    BAD_TEXT("card_number", cardwire_mask_card_number((char *)p, n, to));
    a = b = d = 7;
    BAD_TEXT("id_number", cardwire_check_id_number(p, n, &a, &b, &d, to));
    CHECK(a == 0 && b == 0 && d == 0);
    BAD_Z("id_number", cardwire_check_id_number_z(p, &a, &b, &d, to));
    REFUSED("well_formed", cardwire_check_id_number("1", 1, NULL, &b, &d, to));
    REFUSED("checksum", cardwire_check_id_number("1", 1, &a, NULL, &d, to));
    REFUSED("birth_date", cardwire_check_id_number("1", 1, &a, &b, NULL, to));
    REFUSED("well_formed", cardwire_check_id_number_z("1", NULL, &b, &d, to));
    REFUSED("checksum", cardwire_check_id_number_z("1", &a, NULL, &d, to));
    REFUSED("birth_date", cardwire_check_id_number_z("1", &a, &b, NULL, to));
    const char *numbers[] = {"", long_digits, long_text};
    for (size_t i = 0; i < 3; i++) {
        a = b = 7;
        CHECK_IS(cardwire_check_card_number(numbers[i], strlen(numbers[i]), &a, &b, NULL), CARDWIRE_OK);
        CHECK(a == 0 && b == 0);
        a = b = d = 7;
        CHECK_IS(cardwire_check_id_number(numbers[i], strlen(numbers[i]), &a, &b, &d, NULL), CARDWIRE_OK);
        CHECK(a == 0 && b == 0 && d == 0);
    }
    BAD_BYTES("image", uint8_t, cardwire_check_image(p, n, OUT(cardwire_image_check), to));
    REFUSED("image", cardwire_check_image((const uint8_t *)"", 0, OUT(cardwire_image_check), to));
    REFUSED("image", cardwire_check_image((const uint8_t *)long_text, MEGABYTE, OUT(cardwire_image_check), to));
    REFUSED("image_check", cardwire_check_image(photo, photo_len, NULL, to));
    BAD_BYTES("image", uint8_t, cardwire_look_at_image(p, n, OUT(cardwire_image_check), to));
    REFUSED("image", cardwire_look_at_image((const uint8_t *)long_text, MEGABYTE, OUT(cardwire_image_check), to));
    REFUSED("image_check", cardwire_look_at_image(photo, photo_len, NULL, to));
}
