/// @file
/// The health of a client's accounts. Part of cardwire.hpp.
#ifndef CARDWIRE_HEALTH_HPP
#define CARDWIRE_HEALTH_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

#include <string>
#include <vector>

namespace cardwire {

/// A refusal of the vendor for which its account is not asked for a while.
struct AccountBlock {
    BlockScope scope;
    /// The name of the kind of the vendor's refusal.
    std::string outcome;
    /// The vendor's code, where it gave one.
    std::optional<std::string> vendor_code;
    /// The number of cardholders and cards; 1 for an account.
    std::uint32_t size;
    /// When the last of them ends.
    std::chrono::system_clock::time_point until;
};

/// The state of one account in this process: no personal data, no secret.
struct AccountHealth {
    using Time = std::chrono::system_clock::time_point;

    /// The `name` of the vendor's entry in the configuration.
    std::string account;
    std::string vendor;
    /// Closed too where the configuration turns it off.
    BreakerState breaker;
    /// Until when the breaker lets no request through.
    std::optional<Time> breaker_until;
    std::vector<AccountBlock> blocks;
    /// The units of the daily quota that are left, as far as this process counts them.
    std::optional<std::uint32_t> quota_left;
    std::optional<std::uint32_t> quota_limit;
    /// The requests that it is sent in a second at the most.
    std::optional<double> requests_per_second;
    /// The requests that are being sent or answered.
    std::uint32_t in_flight;
    /// Since when this process has the account's token, and when that is dead.
    std::optional<Time> token_since;
    std::optional<Time> token_until;
};

namespace detail {

inline std::optional<AccountHealth::Time> moment(std::uint64_t ms) {
    using Time = AccountHealth::Time;
    return ms ? std::optional<Time>(Time(std::chrono::milliseconds(ms))) : std::nullopt;
}

inline AccountBlock block(const cardwire_account_health *all, std::size_t index, std::size_t block) {
    const auto code = maybe(cardwire_account_health_block_vendor_code(all, index, block));
    return AccountBlock{
        static_cast<BlockScope>(cardwire_account_health_block_scope(all, index, block)),
        std::string(view(cardwire_account_health_block_outcome(all, index, block))),
        code ? std::optional<std::string>(*code) : std::nullopt,
        cardwire_account_health_block_size(all, index, block),
        AccountHealth::Time(std::chrono::milliseconds(cardwire_account_health_block_until_ms(all, index, block))),
    };
}

inline AccountHealth health(const cardwire_account_health *all, std::size_t index) {
    AccountHealth health{};
    health.account = view(cardwire_account_health_account(all, index));
    health.vendor = view(cardwire_account_health_vendor(all, index));
    health.breaker = static_cast<BreakerState>(cardwire_account_health_breaker(all, index));
    health.breaker_until = moment(cardwire_account_health_breaker_until_ms(all, index));
    const std::size_t blocks = cardwire_account_health_block_count(all, index);
    for (std::size_t i = 0; i < blocks; i++) health.blocks.push_back(block(all, index, i));
    const std::int64_t left = cardwire_account_health_quota_left(all, index);
    if (left >= 0) {
        health.quota_left = static_cast<std::uint32_t>(left);
        health.quota_limit = cardwire_account_health_quota_limit(all, index);
    }
    const double rate = cardwire_account_health_requests_per_second(all, index);
    if (rate > 0) health.requests_per_second = rate;
    health.in_flight = cardwire_account_health_in_flight(all, index);
    health.token_since = moment(cardwire_account_health_token_since_ms(all, index));
    health.token_until = moment(cardwire_account_health_token_until_ms(all, index));
    return health;
}

} // namespace detail

} // namespace cardwire

#endif
#endif
