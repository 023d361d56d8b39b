/// @file
/// The client. Part of cardwire.hpp.
#ifndef CARDWIRE_CLIENT_HPP
#define CARDWIRE_CLIENT_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "batch.hpp"
#include "event.hpp"
#include "health.hpp"
#include "inputs.hpp"
#include "journal.hpp"
#include "providers.hpp"
#include "results.hpp"

#include <functional>

namespace cardwire {

/// Recognises card photos and verifies cardholders over the configured vendors. It may be used by
/// many threads at once, and reads the orders of its journal. Destroying it ends the calls in flight and
/// waits for their callbacks. A client with an observer must not be destroyed in a callback.
class Client : public JournalAccess {
public:
    /// Receives events, on a thread of the library or the one that waits for the call, several at once.
    using Observer = std::function<void(const Event &)>;
    /// Receives the end of an asynchronous call, once, on a thread of the library.
    template <class T> using Callback = std::function<void(Result<T>)>;

    /// Makes a client from a configuration, a JSON document.
    static Result<Client> open(std::string_view config, Observer observer = nullptr) {
        Client client;
        cardwire_client *made;
        cardwire_error *error;
        cardwire_status status;
        if (observer) {
            client.observer_ = std::make_unique<Observer>(std::move(observer));
            status = cardwire_client_new_observed(detail::data(config), config.size(), observe,
                                                  client.observer_.get(), &made, &error);
        } else {
            status = cardwire_client_new(detail::data(config), config.size(), &made, &error);
        }
        if (status != CARDWIRE_OK) return Error(status, error);
        return opened(std::move(client), made);
    }

    /// Makes a client whose configuration names providers: `{"provider": NAME}` in the place of a
    /// secret.
    static Result<Client> open(std::string_view config, Providers providers, Observer observer = nullptr) {
        Client client;
        client.providers_ = std::make_unique<Providers>(std::move(providers));
        cardwire_error *error;
        cardwire_providers *empty;
        cardwire_status status = cardwire_providers_new(&empty, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        const detail::Owned<cardwire_providers> set(empty);
        for (auto &[name, provider] : *client.providers_) {
            status = cardwire_providers_set(set.get(), detail::data(name), name.size(),
                                            provider ? detail::answer : nullptr, &provider, &error);
            if (status != CARDWIRE_OK) return Error(status, error);
        }
        if (observer) client.observer_ = std::make_unique<Observer>(std::move(observer));
        cardwire_client *made;
        status = cardwire_client_new_with_providers(detail::data(config), config.size(), set.get(),
                                                    client.observer_ ? observe : nullptr, client.observer_.get(),
                                                    &made, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return opened(std::move(client), made);
    }

    Client(Client &&) = default;
    Client &operator=(Client &&other) noexcept {
        // The old client must go before its observer and its providers.
        handle_ = std::move(other.handle_);
        journal_ = std::move(other.journal_);
        observer_ = std::move(other.observer_);
        providers_ = std::move(other.providers_);
        return *this;
    }

    /// Reads the card in a photo.
    Result<Recognition> try_recognize(const Image &image, const Options &options = {}) const {
        if (options.error()) return *options.error();
        const cardwire_options *o = options.c_handle();
        return call<Recognition, cardwire_recognition>([&](auto **out, auto **error) {
            return image.give(
                [&](auto *p, std::size_t n) { return cardwire_recognize(handle_.get(), p, n, o, out, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_file(handle_.get(), p, n, o, out, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_url(handle_.get(), p, n, o, out, error); });
        });
    }

    /// Asks whether card, name, ID number and phone belong together. A value means that the vendor
    /// answered: look at its `outcome()`.
    Result<Verification> try_verify(const Cardholder &cardholder, const Options &options = {}) const {
        if (cardholder.error()) return *cardholder.error();
        if (options.error()) return *options.error();
        return call<Verification, cardwire_verification>([&](auto **out, auto **error) {
            return cardwire_verify(handle_.get(), cardholder.c_handle(), options.c_handle(), out, error);
        });
    }

    /// Asks a vendor who issued a card number. Vendors bill this call.
    Result<CardLookup> try_lookup_card(std::string_view card_number, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return call<CardLookup, cardwire_card_lookup>([&](auto **out, auto **error) {
            return cardwire_lookup_card(handle_.get(), detail::data(card_number), card_number.size(),
                                        options.c_handle(), out, error);
        });
    }

    /// Looks up the issuer of a card by the first digits of its number, in the table of prefixes that is built in
    /// or configured as `issuers`; nothing for a prefix that is not known. Nothing is sent.
    Result<std::optional<Issuer>> try_lookup_issuer(std::string_view card_number) const {
        cardwire_issuer *issuer;
        cardwire_error *error;
        const cardwire_status status =
            cardwire_lookup_issuer(handle_.get(), detail::data(card_number), card_number.size(), &issuer, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return issuer ? std::optional<Issuer>(issuer) : std::optional<Issuer>();
    }

    /// Fetches the images and the result that a vendor keeps under an order number.
    Result<Order> try_fetch_order(std::string_view order_id, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return call<Order, cardwire_order>([&](auto **out, auto **error) {
            return cardwire_fetch_order(handle_.get(), detail::data(order_id), order_id.size(), options.c_handle(),
                                        out, error);
        });
    }

    /// Begins `recognize` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_recognize_async(const Image &image, Callback<Recognition> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        const cardwire_options *o = options.c_handle();
        return start<Recognition, cardwire_recognition>(std::move(callback), [&](auto done, void *data, auto **error) {
            return image.give(
                [&](auto *p, std::size_t n) { return cardwire_recognize_start(handle_.get(), p, n, o, done, data, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_file_start(handle_.get(), p, n, o, done, data, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_url_start(handle_.get(), p, n, o, done, data, error); });
        });
    }

    /// Begins `verify` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_verify_async(const Cardholder &cardholder, Callback<Verification> callback, const Options &options = {}) const {
        if (cardholder.error()) return *cardholder.error();
        if (options.error()) return *options.error();
        return start<Verification, cardwire_verification>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_verify_start(handle_.get(), cardholder.c_handle(), options.c_handle(), done, data, error);
        });
    }

    /// Begins `lookup_card` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_lookup_card_async(std::string_view card_number, Callback<CardLookup> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return start<CardLookup, cardwire_card_lookup>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_lookup_card_start(handle_.get(), detail::data(card_number), card_number.size(),
                                              options.c_handle(), done, data, error);
        });
    }

    /// Begins `fetch_order` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_fetch_order_async(std::string_view order_id, Callback<Order> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return start<Order, cardwire_order>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_fetch_order_start(handle_.get(), detail::data(order_id), order_id.size(),
                                              options.c_handle(), done, data, error);
        });
    }

    /// Begins a batch of photos with at most `concurrency` calls in flight (0 for 16):
    ///
    ///     for (auto &[index, result] : client.recognize_many(next)) ...
    Result<Batch<Recognition>> try_recognize_many(Batch<Recognition>::Next next, const Options &options = {},
                                                  std::size_t concurrency = 0) const {
        return Batch<Recognition>::open(cardwire_recognize_many, c_handle(), std::move(next), options, concurrency);
    }

    /// Begins a batch of cardholders, as `try_recognize_many` one of photos.
    Result<Batch<Verification>> try_verify_many(Batch<Verification>::Next next, const Options &options = {},
                                                std::size_t concurrency = 0) const {
        return Batch<Verification>::open(cardwire_verify_many, c_handle(), std::move(next), options, concurrency);
    }

    /// Returns the state of each account in this process, in the order of the configuration. Nothing is sent.
    Result<std::vector<AccountHealth>> try_health() const {
        cardwire_account_health *given;
        cardwire_error *error;
        const cardwire_status status = cardwire_client_health(handle_.get(), &given, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        const detail::Owned<cardwire_account_health> all(given);
        std::vector<AccountHealth> accounts;
        const std::size_t count = cardwire_account_health_count(given);
        for (std::size_t i = 0; i < count; i++) accounts.push_back(detail::health(given, i));
        return accounts;
    }

    /// Ends the calls in flight with Kind::cancelled and refuses new ones with Kind::closed.
    void close() noexcept { cardwire_client_close(handle_.get(), nullptr); }

#if CARDWIRE_HPP_EXCEPTIONS
    /// Like `open`, and throws.
    explicit Client(std::string_view config, Observer observer = nullptr)
        : Client(open(config, std::move(observer)).value()) {}

    /// Like the functions with `try_`, and throw.
    Recognition recognize(const Image &image, const Options &options = {}) const {
        return try_recognize(image, options).value();
    }
    Verification verify(const Cardholder &cardholder, const Options &options = {}) const {
        return try_verify(cardholder, options).value();
    }
    CardLookup lookup_card(std::string_view card_number, const Options &options = {}) const {
        return try_lookup_card(card_number, options).value();
    }
    std::optional<Issuer> lookup_issuer(std::string_view card_number) const {
        return try_lookup_issuer(card_number).value();
    }
    std::vector<AccountHealth> health() const { return try_health().value(); }
    Order fetch_order(std::string_view order_id, const Options &options = {}) const {
        return try_fetch_order(order_id, options).value();
    }
    void recognize_async(const Image &image, Callback<Recognition> callback, const Options &options = {}) const {
        try_recognize_async(image, std::move(callback), options).value();
    }
    void verify_async(const Cardholder &cardholder, Callback<Verification> callback, const Options &options = {}) const {
        try_verify_async(cardholder, std::move(callback), options).value();
    }
    void lookup_card_async(std::string_view card_number, Callback<CardLookup> callback, const Options &options = {}) const {
        try_lookup_card_async(card_number, std::move(callback), options).value();
    }
    void fetch_order_async(std::string_view order_id, Callback<Order> callback, const Options &options = {}) const {
        try_fetch_order_async(order_id, std::move(callback), options).value();
    }
    Batch<Recognition> recognize_many(Batch<Recognition>::Next next, const Options &options = {},
                                      std::size_t concurrency = 0) const {
        return try_recognize_many(std::move(next), options, concurrency).value();
    }
    Batch<Verification> verify_many(Batch<Verification>::Next next, const Options &options = {},
                                    std::size_t concurrency = 0) const {
        return try_verify_many(std::move(next), options, concurrency).value();
    }
#endif

    const cardwire_client *c_handle() const { return handle_.get(); }

private:
    Client() = default;

    static Result<Client> opened(Client client, cardwire_client *made) {
        client.handle_.reset(made);
        cardwire_journal *journal;
        cardwire_error *error;
        const cardwire_status status = cardwire_client_journal(made, &journal, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        client.journal_.reset(journal);
        return Result<Client>(std::move(client));
    }

    static void observe(const cardwire_event *event, void *data) noexcept {
        (*static_cast<Observer *>(data))(Event(event));
    }

    template <class T, class Handle, class Function> static Result<T> call(Function function) {
        Handle *out;
        cardwire_error *error;
        const cardwire_status status = function(&out, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return T(out);
    }

    template <class T, class Handle> static Result<T> ended(Handle *given, cardwire_error *error) {
        if (given) return T(given);
        const cardwire_status status = cardwire_error_status(error);
        return Error(status ? status : CARDWIRE_INTERNAL, error);
    }

    template <class T, class Handle> static void finish(Handle *given, cardwire_error *error, void *data) noexcept {
        const std::unique_ptr<Callback<T>> callback(static_cast<Callback<T> *>(data));
        (*callback)(ended<T>(given, error));
    }

    template <class T, class Handle, class Function> static Result<void> start(Callback<T> callback, Function function) {
        auto kept = std::make_unique<Callback<T>>(std::move(callback));
        const bool callable = *kept != nullptr;
        void (*const then)(Handle *, cardwire_error *, void *) = finish<T, Handle>;
        cardwire_error *error;
        const cardwire_status status = function(callable ? then : nullptr, kept.get(), &error);
        // From now on it is the callback's own.
        if (status == CARDWIRE_OK) kept.release();
        return detail::checked(status, error);
    }

    // Destroyed last: events and questions come until the client is freed.
    std::unique_ptr<Providers> providers_;
    std::unique_ptr<Observer> observer_;
    detail::Owned<cardwire_client> handle_;
};

} // namespace cardwire

#endif
#endif
