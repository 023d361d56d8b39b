package io.cardwire;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A person to verify: a card number with a name, and an ID number and phone number where they are known.
 *
 * <p>Card number and name are two elements, with the ID number three, with the phone number four; the
 * page "Vendors" says which vendor takes which. Every vendor is asked about the same values: the page "Values
 * of people" says what is dropped, what becomes the same and what is refused.
 *
 * @param cardNumber the card number: 12 to 19 digits, blanks and dashes between them aside
 * @param name the name as the bank knows it
 * @param idNumber the number of the resident identity card, or null
 * @param phone the mobile phone number that the issuer holds, or null
 */
public record Cardholder(String cardNumber, String name, @Nullable String idNumber, @Nullable String phone)
        implements BatchInput<Cardholder> {
    /**
     * Makes a cardholder.
     *
     * @param cardNumber the card number: 12 to 19 digits, blanks and dashes between them aside
     * @param name the name as the bank knows it
     * @param idNumber the number of the resident identity card, or null
     * @param phone the mobile phone number that the issuer holds, or null
     * @throws NullPointerException if {@code cardNumber} or {@code name} is null
     */
    public Cardholder {
        Objects.requireNonNull(cardNumber, "cardNumber");
        Objects.requireNonNull(name, "name");
    }

    /**
     * Makes a cardholder of card number and name.
     *
     * @param cardNumber the card number
     * @param name the name
     * @return the cardholder
     */
    public static Cardholder of(String cardNumber, String name) {
        return new Cardholder(cardNumber, name, null, null);
    }

    /**
     * Makes a cardholder of card number, name and ID number.
     *
     * @param cardNumber the card number
     * @param name the name
     * @param idNumber the number of the resident identity card
     * @return the cardholder
     */
    public static Cardholder of(String cardNumber, String name, String idNumber) {
        return of(cardNumber, name).withIdNumber(idNumber);
    }

    /**
     * Returns the same cardholder with an ID number.
     *
     * @param idNumber the number of the resident identity card
     * @return a new cardholder
     */
    public Cardholder withIdNumber(String idNumber) {
        return new Cardholder(cardNumber, name, Objects.requireNonNull(idNumber, "idNumber"), phone);
    }

    /**
     * Returns the same cardholder with a phone number.
     *
     * @param phone the mobile phone number that the issuer holds
     * @return a new cardholder
     */
    public Cardholder withPhone(String phone) {
        return new Cardholder(cardNumber, name, idNumber, Objects.requireNonNull(phone, "phone"));
    }

    /** Shows no personal data. */
    @Override
    public String toString() {
        return "Cardholder[cardNumber=***, name=***, idNumber="
                + Text.hidden(idNumber)
                + ", phone="
                + Text.hidden(phone)
                + "]";
    }
}
