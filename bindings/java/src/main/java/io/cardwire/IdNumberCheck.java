package io.cardwire;

/**
 * The findings about the characters of a resident identity number (GB 11643-1999).
 *
 * @param wellFormed whether it is 17 digits and a digit or {@code X}, or the 15 digits of before 1999
 * @param checksum whether the last character is the check character; false for 15 digits
 * @param birthDate whether the digits that state the birth date are a date from 1900 to 2099
 */
public record IdNumberCheck(boolean wellFormed, boolean checksum, boolean birthDate) {}
