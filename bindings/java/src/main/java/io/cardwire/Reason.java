package io.cardwire;

/** Why a verification did not end in a match. */
public enum Reason {
    /** Name, ID number or phone number is not the cardholder's. */
    CARDHOLDER_MISMATCH("cardholder_mismatch"),

    /** The name is not written as a name. */
    NAME_INVALID("name_invalid"),

    /** The ID number is wrong. */
    ID_NUMBER_INVALID("id_number_invalid"),

    /** The phone number is wrong. */
    PHONE_INVALID("phone_invalid"),

    /** There is no such card. */
    CARD_NUMBER_INVALID("card_number_invalid"),

    /** The card number is not written as one. */
    CARD_NUMBER_MALFORMED("card_number_malformed"),

    /** No bank issues cards with this number. */
    NO_ISSUER("no_issuer"),

    /** Never activated, or asleep. */
    CARD_INACTIVE("card_inactive"),

    /** Reported lost. */
    CARD_LOST("card_lost"),

    /** Expired. */
    CARD_EXPIRED("card_expired"),

    /** Restricted by the issuer. */
    CARD_RESTRICTED("card_restricted"),

    /** To be confiscated. */
    CARD_CONFISCATED("card_confiscated"),

    /** Suspected of fraud, to be retained. */
    CARD_SUSPECTED_FRAUD("card_suspected_fraud"),

    /** The card's state is abnormal, or its number is wrong. */
    CARD_ABNORMAL("card_abnormal"),

    /** The PIN was entered wrong too often. */
    PIN_TRIES_EXCEEDED("pin_tries_exceeded"),

    /** Payment without the card present is not enabled. */
    CARDLESS_PAYMENT_DISABLED("cardless_payment_disabled"),

    /** The issuer does not support this check. */
    ISSUER_UNSUPPORTED("issuer_unsupported"),

    /** Checked too often today. */
    ATTEMPTS_EXCEEDED("attempts_exceeded"),

    /** Only resident identity cards of the second generation are supported. */
    ID_TYPE_UNSUPPORTED("id_type_unsupported"),

    /** The verification centre is busy. */
    VENDOR_BUSY("vendor_busy"),

    /** No record to compare with. */
    NO_RECORD("no_record"),

    /** The vendor does not say, or says it with a code that no document explains. */
    UNKNOWN("unknown");

    private final String slug;

    Reason(String slug) {
        this.slug = slug;
    }

    /**
     * The stable name, in snake_case.
     *
     * @return the name, the same in every language
     */
    public String slug() {
        return slug;
    }
}
