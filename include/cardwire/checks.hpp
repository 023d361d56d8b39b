/// @file
/// Checks on this machine. Part of cardwire.hpp.
#ifndef CARDWIRE_CHECKS_HPP
#define CARDWIRE_CHECKS_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

namespace cardwire {

/// The form of a card number.
struct CardNumberCheck {
    bool well_formed;
    /// Some issued cards fail it, so no call refuses a card for it.
    bool luhn;
};

/// The form of a resident identity number.
struct IdNumberCheck {
    bool well_formed;
    bool checksum;
    bool birth_date;
};

/// The findings about an image, and each vendor's judgement of it.
class ImageCheck {
public:
    struct Vendor {
        std::string vendor;
        /// The reason why it does not take the image; nothing where it does.
        std::optional<std::string> problem;
    };

    explicit ImageCheck(cardwire_image_check *handle) : handle_(handle) {}

    ImageFormat format() const { return static_cast<ImageFormat>(cardwire_image_check_format(handle_.get())); }
    std::size_t width() const { return cardwire_image_check_width(handle_.get()); }
    std::size_t height() const { return cardwire_image_check_height(handle_.get()); }
    std::size_t bytes() const { return cardwire_image_check_bytes(handle_.get()); }
    /// What a look at the photo showed; nothing where its header alone was read.
    std::optional<PhotoLook> look() const {
        const std::int32_t look = cardwire_image_check_look(handle_.get());
        return look ? std::optional(static_cast<PhotoLook>(look)) : std::nullopt;
    }
    std::vector<Vendor> vendors() const {
        std::vector<Vendor> vendors;
        for (std::size_t i = 0; i < cardwire_image_check_vendor_count(handle_.get()); i++) {
            const char *problem = cardwire_image_check_problem(handle_.get(), i);
            vendors.push_back({std::string(detail::view(cardwire_image_check_vendor(handle_.get(), i))),
                               problem ? std::optional<std::string>(problem) : std::nullopt});
        }
        return vendors;
    }
    std::string_view json() const & {
        return detail::view(cardwire_image_check_json(handle_.get()), cardwire_image_check_json_len(handle_.get()));
    }
    std::string_view json() const && = delete;
    const cardwire_image_check *c_handle() const { return handle_.get(); }

private:
    detail::Owned<cardwire_image_check> handle_;
};

/// Checks the form of a card number on this machine.
inline Result<CardNumberCheck> try_check_card_number(std::string_view card_number) {
    std::int32_t well_formed, luhn;
    cardwire_error *error;
    const cardwire_status status =
        cardwire_check_card_number(detail::data(card_number), card_number.size(), &well_formed, &luhn, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return CardNumberCheck{well_formed != 0, luhn != 0};
}

/// Checks the form of a resident identity number on this machine.
inline Result<IdNumberCheck> try_check_id_number(std::string_view id_number) {
    std::int32_t well_formed, checksum, birth_date;
    cardwire_error *error;
    const cardwire_status status = cardwire_check_id_number(detail::data(id_number), id_number.size(), &well_formed,
                                                            &checksum, &birth_date, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return IdNumberCheck{well_formed != 0, checksum != 0, birth_date != 0};
}

namespace detail {
inline Result<ImageCheck> checked(decltype(cardwire_check_image) &check, Bytes image) {
    cardwire_image_check *made;
    cardwire_error *error;
    const cardwire_status status = check(image.data(), image.size(), &made, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return ImageCheck(made);
}
} // namespace detail

/// Checks an image against each vendor's limits on this machine. Only its header is read.
inline Result<ImageCheck> try_check_image(Bytes image) { return detail::checked(cardwire_check_image, image); }

/// Checks an image and looks at it, in some tenths of a second: whether its number can be read, and if not,
/// whether it shows no card, is not sharp or is cut.
inline Result<ImageCheck> try_look_at_image(Bytes image) { return detail::checked(cardwire_look_at_image, image); }

#if CARDWIRE_HPP_EXCEPTIONS
/// Like the functions with `try_`, and throw.
inline CardNumberCheck check_card_number(std::string_view card_number) { return try_check_card_number(card_number).value(); }
inline IdNumberCheck check_id_number(std::string_view id_number) { return try_check_id_number(id_number).value(); }
inline ImageCheck check_image(Bytes image) { return try_check_image(image).value(); }
inline ImageCheck look_at_image(Bytes image) { return try_look_at_image(image).value(); }
#endif

} // namespace cardwire

#endif
#endif
