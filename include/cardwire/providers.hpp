/// @file
/// Providers: functions of yours that give credentials. Part of cardwire.hpp.
#ifndef CARDWIRE_PROVIDERS_HPP
#define CARDWIRE_PROVIDERS_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

#include <functional>
#include <map>
#include <new>
#include <vector>

namespace cardwire {

/// Why a provider is asked.
enum class AskReason {
    /// The account has no credentials yet.
    first = CARDWIRE_ASK_FIRST,
    /// Those that it gave last have reached the end that it gave with them.
    expired = CARDWIRE_ASK_EXPIRED,
    /// The vendor refused those that it gave last.
    refused = CARDWIRE_ASK_REFUSED,
};

/// The name of a reason, in snake_case.
inline std::string_view name(AskReason reason) {
    return detail::view(cardwire_ask_reason_name(static_cast<std::int32_t>(reason)));
}

/// A question to a provider.
struct Ask {
    std::string vendor;
    /// The `name` of the vendor's entry in the configuration.
    std::string account;
    /// The keys of the entry that name the provider, such as `access_token`. All are given at once.
    std::vector<std::string> secrets;
    AskReason reason;
};

/// The credentials that a provider gives.
struct Credentials {
    /// By the names that were asked for. One that the vendor can do without may be left out.
    std::map<std::string, std::string> secrets;
    /// The time for which they can be used; without it the provider is asked again when the vendor refuses them.
    std::optional<std::chrono::milliseconds> expires_in = std::nullopt;
};

/// Answers questions, on a thread that nothing else waits for. Its exception is the
/// `provider_exception` of the calls that wait, whose kind is Kind::credentials_unavailable. It must not
/// wait for a call to the account that it is asked for.
using Provider = std::function<Credentials(const Ask &)>;

/// Providers by the names that a configuration uses: `{"provider": NAME}`.
using Providers = std::map<std::string, Provider>;

namespace detail {

inline void answer(cardwire_ask *ask, void *data) noexcept {
    const auto give = [&] {
        Ask question{std::string(view(cardwire_ask_vendor(ask))), std::string(view(cardwire_ask_account(ask))), {},
                     static_cast<AskReason>(cardwire_ask_reason(ask))};
        for (std::size_t i = 0; i < cardwire_ask_secret_count(ask); i++) {
            question.secrets.emplace_back(view(cardwire_ask_secret(ask, i)));
        }
        const Credentials given = (*static_cast<const Provider *>(data))(question);
        for (const auto &[secret, value] : given.secrets) {
            cardwire_ask_set(ask, secret.data(), secret.size(), value.data(), value.size(), nullptr);
        }
        if (given.expires_in) {
            const auto count = given.expires_in->count();
            cardwire_ask_set_expires_in_ms(ask, count > 0 ? static_cast<std::uint64_t>(count) : 0, nullptr);
        }
        cardwire_ask_answer(ask, nullptr);
    };
#if CARDWIRE_HPP_EXCEPTIONS
    try {
        give();
    } catch (...) {
        const auto free = [](void *cause) { delete static_cast<std::exception_ptr *>(cause); };
        auto *cause = new (std::nothrow) std::exception_ptr(std::current_exception());
        if (cardwire_ask_fail(ask, cause, free, nullptr) != CARDWIRE_OK) delete cause;
    }
#else
    give();
#endif
}

} // namespace detail

} // namespace cardwire

#endif
#endif
