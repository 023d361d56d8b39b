/// @file
/// The results of calls, and issuers. Part of cardwire.hpp.
#ifndef CARDWIRE_RESULTS_HPP
#define CARDWIRE_RESULTS_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

namespace cardwire {

/// The date that a card is valid through.
struct ValidThru {
    /// Nothing where the text could not be read as a date.
    std::optional<int> year;
    std::optional<int> month;
    /// The vendor's text.
    std::string printed;
};

/// A point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its EXIF
/// orientation.
struct Point {
    /// To the right.
    int x;
    /// Downwards.
    int y;
};

/// Something wrong with a photo that could be read all the same, or doubtful in what was read.
struct Warning {
    WarningKind kind;
    /// The vendor's code, as it came; `check_digit` or `other_reading` where the warning is the
    /// library's own.
    std::string code;
};

namespace detail {

inline std::optional<ValidThru> valid_thru(const char *printed, std::int32_t year, std::int32_t month) {
    if (!printed) return std::nullopt;
    return ValidThru{year ? std::optional<int>(year) : std::nullopt,
                     month ? std::optional<int>(month) : std::nullopt, printed};
}

template <class Handle>
std::vector<Warning> warnings(const Handle *handle, std::size_t count,
                              std::int32_t (*kind)(const Handle *, std::size_t),
                              const char *(*code)(const Handle *, std::size_t)) {
    std::vector<Warning> warnings;
    for (std::size_t i = 0; i < count; i++)
        warnings.push_back({static_cast<WarningKind>(kind(handle, i)), std::string(view(code(handle, i)))});
    return warnings;
}

} // namespace detail

/// A card as it was read in a photo.
class Recognition : public WithFacts<detail::Owned<cardwire_recognition>> {
public:
    explicit Recognition(cardwire_recognition *handle) : WithFacts(detail::Owned<cardwire_recognition>(handle)) {}

    /// Digits only; personal data.
    std::string_view card_number() const & {
        return detail::view(cardwire_recognition_card_number(c_handle()), cardwire_recognition_card_number_len(c_handle()));
    }
    std::string_view card_number() const && = delete;
    /// The first six and last four digits, as they may be shown and logged.
    std::string_view card_number_masked() const & { return detail::view(cardwire_recognition_card_number_masked(c_handle())); }
    std::string_view card_number_masked() const && = delete;
    /// From 0 to 1, the share of such readings that are right, where whoever read it says so: the vendor
    /// `offline` does.
    std::optional<double> confidence() const {
        const double confidence = cardwire_recognition_confidence(c_handle());
        return confidence >= 0 ? std::optional<double>(confidence) : std::nullopt;
    }
    /// As the vendor names it, or else as the table of prefixes does.
    std::optional<std::string_view> issuer() const & {
        return detail::maybe(cardwire_recognition_issuer(c_handle()), cardwire_recognition_issuer_len(c_handle()));
    }
    std::optional<std::string_view> issuer() const && = delete;
    std::optional<IssuerSource> issuer_source() const {
        return detail::maybe_enum<IssuerSource>(cardwire_recognition_issuer_source(c_handle()));
    }
    /// As Alipay writes it, such as `ICBC`, where the table of prefixes has one.
    std::optional<std::string_view> issuer_code() const & { return detail::maybe(cardwire_recognition_issuer_code(c_handle())); }
    std::optional<std::string_view> issuer_code() const && = delete;
    std::optional<std::string_view> card_name() const & {
        return detail::maybe(cardwire_recognition_card_name(c_handle()), cardwire_recognition_card_name_len(c_handle()));
    }
    std::optional<std::string_view> card_name() const && = delete;
    CardKind card_kind() const { return static_cast<CardKind>(cardwire_recognition_card_kind(c_handle())); }
    std::optional<ValidThru> valid_thru() const {
        return detail::valid_thru(cardwire_recognition_valid_thru_printed(c_handle()),
                                  cardwire_recognition_valid_thru_year(c_handle()),
                                  cardwire_recognition_valid_thru_month(c_handle()));
    }
    /// The sharpness of the photo, 0 to 100, where the vendor says.
    std::optional<int> clarity() const {
        const std::int32_t clarity = cardwire_recognition_clarity(c_handle());
        return clarity >= 0 ? std::optional<int>(clarity) : std::nullopt;
    }
    /// The corners of the card in the photo, clockwise from the upper left one of the card, where whoever read
    /// it says so: the vendor `offline` does.
    std::vector<Point> corners() const {
        std::vector<Point> corners;
        const std::size_t count = cardwire_recognition_corner_count(c_handle());
        for (std::size_t i = 0; i < count; i++)
            corners.push_back({cardwire_recognition_corner_x(c_handle(), i), cardwire_recognition_corner_y(c_handle(), i)});
        return corners;
    }
    std::vector<Warning> warnings() const {
        return detail::warnings<cardwire_recognition>(c_handle(), cardwire_recognition_warning_count(c_handle()),
                                                      cardwire_recognition_warning_kind,
                                                      cardwire_recognition_warning_code);
    }
    /// A JPEG of the number as it stands on the card; personal data.
    Bytes number_photo() const & {
        return {cardwire_recognition_number_photo(c_handle()), cardwire_recognition_number_photo_len(c_handle())};
    }
    Bytes number_photo() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_recognition_raw(c_handle()), cardwire_recognition_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// The outcome of a verification: whether card and cardholder belong together. It has no truth value: look at
/// `outcome()`.
class Verification : public WithFacts<detail::Owned<cardwire_verification>> {
public:
    explicit Verification(cardwire_verification *handle) : WithFacts(detail::Owned<cardwire_verification>(handle)) {}
    explicit operator bool() const = delete;

    Outcome outcome() const { return static_cast<Outcome>(cardwire_verification_outcome(c_handle())); }
    /// Why it did not match; nothing where it did.
    std::optional<Reason> reason() const { return detail::maybe_enum<Reason>(cardwire_verification_reason(c_handle())); }
    /// The vendor's code, as it came.
    std::string_view vendor_code() const & { return detail::view(cardwire_verification_vendor_code(c_handle())); }
    std::string_view vendor_code() const && = delete;
    /// The vendor's text, for people.
    std::string_view description() const & {
        return detail::view(cardwire_verification_description(c_handle()), cardwire_verification_description_len(c_handle()));
    }
    std::string_view description() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_verification_raw(c_handle()), cardwire_verification_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// The issuer of cards whose numbers begin alike, by the table of prefixes.
class Issuer {
public:
    explicit Issuer(cardwire_issuer *handle) : handle_(handle) {}

    /// The issuing bank's name in Chinese, as it is today.
    std::string_view name() const & { return detail::view(cardwire_issuer_name(c_handle())); }
    std::string_view name() const && = delete;
    /// As Alipay writes it, such as `ICBC`, where the table has one.
    std::optional<std::string_view> code() const & { return detail::maybe(cardwire_issuer_code(c_handle())); }
    std::optional<std::string_view> code() const && = delete;
    CardKind card_kind() const { return static_cast<CardKind>(cardwire_issuer_card_kind(c_handle())); }
    /// Everything as a JSON object, with the field names that every language uses.
    std::string_view json() const & { return detail::view(cardwire_issuer_json(c_handle()), cardwire_issuer_json_len(c_handle())); }
    std::string_view json() const && = delete;
    const cardwire_issuer *c_handle() const { return handle_.get(); }

private:
    detail::Owned<cardwire_issuer> handle_;
};

/// A vendor's knowledge about a card number.
class CardLookup : public WithFacts<detail::Owned<cardwire_card_lookup>> {
public:
    explicit CardLookup(cardwire_card_lookup *handle) : WithFacts(detail::Owned<cardwire_card_lookup>(handle)) {}

    bool found() const { return cardwire_card_lookup_found(c_handle()) != 0; }
    /// Why the vendor does not know the card; nothing where it does.
    std::optional<LookupReason> reason() const {
        return detail::maybe_enum<LookupReason>(cardwire_card_lookup_reason(c_handle()));
    }
    std::optional<std::string_view> issuer() const & {
        return detail::maybe(cardwire_card_lookup_issuer(c_handle()), cardwire_card_lookup_issuer_len(c_handle()));
    }
    std::optional<std::string_view> issuer() const && = delete;
    CardKind card_kind() const { return static_cast<CardKind>(cardwire_card_lookup_card_kind(c_handle())); }
    /// The vendor's code, as it came.
    std::string_view vendor_code() const & { return detail::view(cardwire_card_lookup_vendor_code(c_handle())); }
    std::string_view vendor_code() const && = delete;
    /// The vendor's text, for people.
    std::string_view description() const & {
        return detail::view(cardwire_card_lookup_description(c_handle()), cardwire_card_lookup_description_len(c_handle()));
    }
    std::string_view description() const && = delete;
    /// The vendor's whole answer, byte for byte.
    Bytes raw() const & { return {cardwire_card_lookup_raw(c_handle()), cardwire_card_lookup_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// An order as a vendor keeps it under its number.
class Order : public WithFacts<detail::Owned<cardwire_order>> {
public:
    explicit Order(cardwire_order *handle) : WithFacts(detail::Owned<cardwire_order>(handle)) {}

    /// Digits only; personal data.
    std::optional<std::string_view> card_number() const & {
        return detail::maybe(cardwire_order_card_number(c_handle()), cardwire_order_card_number_len(c_handle()));
    }
    std::optional<std::string_view> card_number() const && = delete;
    /// The first six and last four digits, as they may be shown and logged.
    std::optional<std::string_view> card_number_masked() const & {
        return detail::maybe(cardwire_order_card_number_masked(c_handle()));
    }
    std::optional<std::string_view> card_number_masked() const && = delete;
    std::optional<ValidThru> valid_thru() const {
        return detail::valid_thru(cardwire_order_valid_thru_printed(c_handle()),
                                  cardwire_order_valid_thru_year(c_handle()),
                                  cardwire_order_valid_thru_month(c_handle()));
    }
    /// The sharpness of the photo, 0 to 100, where the vendor says.
    std::optional<int> clarity() const {
        const std::int32_t clarity = cardwire_order_clarity(c_handle());
        return clarity >= 0 ? std::optional<int>(clarity) : std::nullopt;
    }
    std::vector<Warning> warnings() const {
        return detail::warnings<cardwire_order>(c_handle(), cardwire_order_warning_count(c_handle()),
                                                cardwire_order_warning_kind, cardwire_order_warning_code);
    }
    /// When the vendor worked on the order, in its own form.
    std::optional<std::string_view> operated_at() const & { return detail::maybe(cardwire_order_operated_at(c_handle())); }
    std::optional<std::string_view> operated_at() const && = delete;
    /// The photo as it was sent; personal data.
    Bytes original_photo() const & {
        return {cardwire_order_original_photo(c_handle()), cardwire_order_original_photo_len(c_handle())};
    }
    Bytes original_photo() const && = delete;
    /// The card cut out of it; personal data.
    Bytes card_photo() const & {
        return {cardwire_order_card_photo(c_handle()), cardwire_order_card_photo_len(c_handle())};
    }
    Bytes card_photo() const && = delete;
    /// The number cut out of it; personal data.
    Bytes number_photo() const & {
        return {cardwire_order_number_photo(c_handle()), cardwire_order_number_photo_len(c_handle())};
    }
    Bytes number_photo() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_order_raw(c_handle()), cardwire_order_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

} // namespace cardwire

#endif
#endif
