/// @file
/// The inputs and options of calls. Part of cardwire.hpp.
#ifndef CARDWIRE_INPUTS_HPP
#define CARDWIRE_INPUTS_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

namespace cardwire {

/// Ends calls from another thread.
class Cancellation {
public:
    Cancellation() {
        cardwire_cancellation *handle;
        cardwire_cancellation_new(&handle, nullptr);
        handle_.reset(handle);
    }

    /// Ends every call that has this cancellation, now and later, with Kind::cancelled.
    void cancel() noexcept { cardwire_cancellation_cancel(handle_.get(), nullptr); }
    bool is_cancelled() const noexcept { return cardwire_cancellation_is_cancelled(handle_.get()) != 0; }
    const cardwire_cancellation *c_handle() const { return handle_.get(); }

private:
    detail::Owned<cardwire_cancellation> handle_;
};

/// The options of one call, which go before the configuration.
class Options {
public:
    Options() = default;

    /// Only these accounts, in this order: names separated by commas.
    Options &vendors(std::string_view names) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_vendors(options, detail::data(names), names.size(), error);
        });
    }
    Options &&vendors(std::string_view names) && { return std::move(vendors(names)); }
    /// The order number: 1 to 32 ASCII letters and digits, never used before, without a card number in it.
    Options &order_id(std::string_view order_id) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_order_id(options, detail::data(order_id), order_id.size(), error);
        });
    }
    Options &&order_id(std::string_view order_id) && { return std::move(this->order_id(order_id)); }
    /// Your own name for what is asked, which the journal keeps: 1 to 64 printable characters, no personal datum.
    Options &reference(std::string_view reference) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_reference(options, detail::data(reference), reference.size(), error);
        });
    }
    Options &&reference(std::string_view reference) && { return std::move(this->reference(reference)); }
    /// Sets whether a call whose reference or order number the journal knows the answer to is not sent, and ends
    /// with Kind::already_answered. While another call asks for the same, it ends with Kind::already_running.
    Options &skip_answered(bool skip = true) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_skip_answered(options, skip ? 1 : 0, error);
        });
    }
    Options &&skip_answered(bool skip = true) && { return std::move(this->skip_answered(skip)); }
    /// Your own name for your user, for vendors that keep one.
    Options &user_id(std::string_view user_id) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_user_id(options, detail::data(user_id), user_id.size(), error);
        });
    }
    Options &&user_id(std::string_view user_id) && { return std::move(this->user_id(user_id)); }
    /// The longest time that the whole call may take; less than 0 counts as 0.
    Options &timeout(std::chrono::milliseconds timeout) & {
        return set([&](auto *options, auto **error) {
            const auto count = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
            return cardwire_options_set_timeout_ms(options, count, error);
        });
    }
    Options &&timeout(std::chrono::milliseconds timeout) && { return std::move(this->timeout(timeout)); }
    /// A number of your own, which each event of the call has as its context; 0 stands for none.
    Options &context(std::uint64_t context) & {
        return set([&](auto *options, auto **error) { return cardwire_options_set_context(options, context, error); });
    }
    Options &&context(std::uint64_t context) && { return std::move(this->context(context)); }
    /// Sets the handle that can end the call from another thread; it may go before the options do.
    Options &cancellation(const Cancellation &cancellation) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_cancellation(options, cancellation.c_handle(), error);
        });
    }
    Options &&cancellation(const Cancellation &cancellation) && { return std::move(this->cancellation(cancellation)); }

    /// The problem with a value, until the options or the input are used.
    const std::optional<Error> &error() const { return error_; }
    /// NULL where nothing was set.
    const cardwire_options *c_handle() const { return handle_.get(); }

private:
    template <class Set> Options &set(Set set) {
        cardwire_error *error = nullptr;
        cardwire_status status = CARDWIRE_OK;
        if (!handle_) {
            cardwire_options *made;
            status = cardwire_options_new(&made, &error);
            handle_.reset(made);
        }
        if (status == CARDWIRE_OK) status = set(handle_.get(), &error);
        if (status != CARDWIRE_OK && !error_) error_.emplace(status, error);
        else cardwire_error_free(error);
        return *this;
    }

    detail::Owned<cardwire_options> handle_;
    std::optional<Error> error_;
};

/// The person to verify. The library's copy of it is wiped when it is destroyed. `cardwire_cardholder` says
/// what is dropped of its values and what is refused.
class Cardholder {
public:
    Cardholder(std::string_view card_number, std::string_view name) {
        cardwire_cardholder *made;
        cardwire_error *error;
        const cardwire_status status = cardwire_cardholder_new(detail::data(card_number), card_number.size(),
                                                               detail::data(name), name.size(), &made, &error);
        handle_.reset(made);
        keep(status, error);
    }

    /// The number of the resident identity card: the third element.
    Cardholder &id_number(std::string_view id_number) & {
        cardwire_error *error;
        const cardwire_status status =
            cardwire_cardholder_set_id_number(handle_.get(), detail::data(id_number), id_number.size(), &error);
        return keep(status, error);
    }
    Cardholder &&id_number(std::string_view id_number) && { return std::move(this->id_number(id_number)); }
    /// The mobile phone number that the bank holds: the fourth element.
    Cardholder &phone(std::string_view phone) & {
        cardwire_error *error;
        const cardwire_status status =
            cardwire_cardholder_set_phone(handle_.get(), detail::data(phone), phone.size(), &error);
        return keep(status, error);
    }
    Cardholder &&phone(std::string_view phone) && { return std::move(this->phone(phone)); }

    /// The problem with a value, until the options or the input are used.
    const std::optional<Error> &error() const { return error_; }
    const cardwire_cardholder *c_handle() const { return handle_.get(); }

private:
    /// The first thing that was wrong is told.
    Cardholder &keep(cardwire_status status, cardwire_error *error) {
        if (status != CARDWIRE_OK && !error_) error_.emplace(status, error);
        else cardwire_error_free(error);
        return *this;
    }

    detail::Owned<cardwire_cardholder> handle_;
    std::optional<Error> error_;
};

/// A card photo: bytes, a file, or an address that the vendor downloads from.
class Image {
public:
    /// Borrowed: they must stay until the call, or the start of an asynchronous call, returns.
    static Image bytes(const std::uint8_t *data, std::size_t size) { return Image(Bytes(data, size)); }
    static Image bytes(Bytes bytes) { return Image(bytes); }
    /// Kept; move them in to spare a copy.
    static Image bytes(std::vector<std::uint8_t> bytes) { return Image(std::move(bytes)); }
    /// Copied: what a stream was read into.
    static Image bytes(std::string_view content) {
        return Image(std::vector<std::uint8_t>(content.begin(), content.end()));
    }
    /// The path of a file. A `data:` address is decoded, a `file:` address is the path in it.
    static Image file(std::string_view path) { return Image(File{std::string(path)}); }
    static Image file(const char *path) { return Image(File{path}); }
    static Image file(std::string path) { return Image(File{std::move(path)}); }
    /// An `http` or `https` address that the vendor can reach, or a `data:` address.
    static Image url(std::string_view address) { return Image(Url{std::string(address)}); }
    static Image url(const char *address) { return Image(Url{address}); }
    static Image url(std::string address) { return Image(Url{std::move(address)}); }

private:
    friend class Client;
    template <class T> friend class Batch;
    struct File { std::string path; };
    struct Url { std::string address; };
    using Source = std::variant<Bytes, std::vector<std::uint8_t>, File, Url>;
    explicit Image(Source source) : source_(std::move(source)) {}

    /// Hands it to the function for its kind, as pointer and length.
    template <class OnBytes, class OnFile, class OnUrl>
    cardwire_status give(OnBytes on_bytes, OnFile on_file, OnUrl on_url) const {
        if (const auto *bytes = std::get_if<Bytes>(&source_)) return on_bytes(bytes->data(), bytes->size());
        if (const auto *bytes = std::get_if<std::vector<std::uint8_t>>(&source_)) {
            static constexpr std::uint8_t none = 0;
            return on_bytes(bytes->empty() ? &none : bytes->data(), bytes->size());
        }
        if (const auto *file = std::get_if<File>(&source_)) return on_file(file->path.data(), file->path.size());
        const auto &url = *std::get_if<Url>(&source_);
        return on_url(url.address.data(), url.address.size());
    }

    Source source_;
};

/// One input of a batch, with its own order number and reference where it has them.
template <class Input> struct BatchInput {
    Input input;
    std::optional<std::string> order_id{};
    std::optional<std::string> reference{};

    /// Built in place from what an input is made of: GCC 12 takes a moved input for an uninitialized one.
    template <class Given, class = std::enable_if_t<std::is_constructible_v<Input, Given &&>>>
    BatchInput(Given &&given, std::optional<std::string> name = std::nullopt,
               std::optional<std::string> number = std::nullopt)
        : input(std::forward<Given>(given)), order_id(std::move(number)), reference(std::move(name)) {}

    /// The order number and the reference, as options.
    Options options() const {
        Options options;
        if (order_id) options.order_id(*order_id);
        if (reference) options.reference(*reference);
        return options;
    }
};

} // namespace cardwire

#endif
#endif
