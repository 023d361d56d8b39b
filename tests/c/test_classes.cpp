// The C++ classes. Built twice: with exceptions, and with -fno-exceptions for the results alone.
#include <cardwire.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "support/check.h"
#include "support/sandbox.h"

using namespace cardwire;
using namespace std::chrono_literals;

namespace {

constexpr const char *card = "6222020000000000000", *person = "张三", *id = "110101190001010014";

// What must not compile.
static_assert(!std::is_copy_constructible_v<Client> && std::is_move_constructible_v<Client>);
static_assert(!std::is_copy_constructible_v<Recognition> && std::is_nothrow_move_constructible_v<Recognition>);
static_assert(!std::is_copy_constructible_v<Options> && !std::is_copy_constructible_v<Cardholder>);
static_assert(std::is_copy_constructible_v<Error>, "exceptions are copied");
static_assert(!std::is_constructible_v<bool, Verification> && !std::is_constructible_v<bool, Result<Verification>>,
              "an answer is not a match");
static_assert(!std::is_constructible_v<bool, Result<void>>);

std::string text(std::optional<std::string_view> view) { return std::string(view.value_or("(none)")); }

std::string argument(const Error &error) { return text(error.argument()); }

#define CHECK_VIEW(found, wanted) CHECK_TEXT(std::string(found).c_str(), wanted)

Image photo(const char *file) {
    std::size_t length;
    std::uint8_t *bytes = sandbox_photo(file, &length);
    std::vector<std::uint8_t> copy(bytes, bytes + length);
    std::free(bytes);
    return Image::bytes(std::move(copy));
}

Client client() { return Client::open(sandbox_config()).value(); }

void values() {
    CHECK_VIEW(version(), cardwire_version());
    CHECK_IS(version_number(), CARDWIRE_VERSION_NUMBER);
    CHECK_VIEW(name(Kind::quota_exhausted), "quota_exhausted");
    CHECK_VIEW(name(Outcome::match), "match");
    CHECK_VIEW(name(Reason::card_lost), "card_lost");
    CHECK_VIEW(name(CardKind::quasi_credit), "quasi_credit");
    CHECK_VIEW(name(WarningKind::glare), "glare");
    CHECK_VIEW(name(WarningKind::number_doubtful), "number_doubtful");
    CHECK_VIEW(name(IssuerSource::table), "table");
    CHECK_VIEW(name(LookupReason::no_such_card), "no_such_card");
    CHECK_VIEW(name(Sent::unknown), "unknown");
    CHECK_VIEW(name(Billed::yes), "yes");
    CHECK_VIEW(name(Operation::fetch_order), "fetch_order");
    CHECK_VIEW(name(ImageFormat::bmp), "bmp");
    CHECK_VIEW(name(PhotoLook::no_card), "no_card");
    CHECK(!advice(Kind::timeout).empty());
    CHECK(name(static_cast<Kind>(77)).empty());

    const auto number = try_check_card_number("6228480000000000000");
    CHECK(number.has_value() && number->well_formed && number->luhn);
    const auto identity = try_check_id_number(id);
    CHECK(identity.has_value() && identity->well_formed && identity->checksum && identity->birth_date);
    CHECK(try_check_card_number("").has_value() && !try_check_card_number({})->well_formed);
    std::size_t length;
    std::uint8_t *bytes = sandbox_photo("abc-debit.png", &length);
    const auto image = try_check_image({bytes, length});
    CHECK(image.has_value() && image->format() == ImageFormat::png && image->width() == 640 && image->height() == 405);
    CHECK_IS(image->bytes(), length);
    CHECK(image->vendors().size() > 1);
    CHECK_TEXT(image->vendors()[0].vendor.c_str(), "tencent_kyc");
    CHECK(!image->vendors()[0].problem && !image->json().empty());
    CHECK(!image->look() && try_look_at_image({bytes, length})->look());
    std::free(bytes);
    const auto refused = try_check_image({});
    CHECK(!refused.has_value() && refused.error().kind() == Kind::invalid_argument);
    CHECK_TEXT(argument(refused.error()).c_str(), "image");
}

void results() {
    const Client c = client();
    auto recognized = c.try_recognize(photo("boc-prepaid-glare.jpg"), Options().vendors("tencent_kyc").order_id("classes1").user_id("user1").timeout(9s));
    CHECK(recognized.has_value());
    const Recognition read = std::move(recognized).value();
    CHECK_VIEW(read.card_number(), "6200400000000000006");
    CHECK_VIEW(read.card_number_masked(), "620040*********0006");
    CHECK(read.issuer() == "中国银行" && read.issuer_source() == IssuerSource::table && read.card_kind() == CardKind::prepaid);
    CHECK(!read.card_name() && !read.confidence() && read.corners().empty());
    CHECK(read.clarity() == 64 && read.warnings().size() == 1);
    CHECK(read.warnings()[0].kind == WarningKind::glare);
    CHECK_TEXT(read.warnings()[0].code.c_str(), "-9112");
    CHECK(read.valid_thru() && read.valid_thru()->year && read.valid_thru()->month && !read.valid_thru()->printed.empty());
    CHECK(read.number_photo().size() > 500 && read.number_photo().to_vector()[0] == 0xff);
    CHECK(!read.raw().empty() && *read.raw().begin() == '{');
    CHECK_TEXT(text(read.facts().vendor()).c_str(), "tencent_kyc");
    CHECK_TEXT(text(read.facts().account()).c_str(), "tencent_kyc");
    CHECK_TEXT(text(read.facts().order_id()).c_str(), "classes1");
    CHECK(read.facts().transaction_time() && read.facts().transaction_time()->size() == 14 && !read.facts().gateway_request_id());
    CHECK(read.facts().request_id() && read.facts().sent() == Sent::yes && read.facts().billed() == Billed::yes);
    CHECK(!read.facts().image_fitted());
    const auto attempts = read.facts().attempts();
    CHECK(attempts.size() == 1 && attempts[0].outcome == "ok" && attempts[0].vendor == "tencent_kyc" &&
          attempts[0].account == "tencent_kyc" && !attempts[0].vendor_code && attempts[0].sent == Sent::yes && attempts[0].duration < 10s);
    CHECK(read.json().find("\"account\":") != std::string_view::npos);

    const auto order = c.try_fetch_order("classes1");
    CHECK(order.has_value() && order->facts().billed() == Billed::no);
    CHECK_TEXT(text(order->card_number()).c_str(), "6200400000000000006");
    CHECK_TEXT(text(order->card_number_masked()).c_str(), "620040*********0006");
    CHECK(order->original_photo().size() > 500 && order->card_photo().size() > 500 && order->number_photo().size() > 500);
    CHECK(order->valid_thru() && order->warnings().size() == 1 && !order->raw().empty());
    (void)order->operated_at(), (void)order->clarity();

    const auto verified = c.try_verify(Cardholder(card, person).id_number(id));
    CHECK(verified.has_value() && verified->outcome() == Outcome::match && !verified->reason());
    CHECK_VIEW(verified->vendor_code(), "0");
    CHECK_VIEW(verified->description(), "Authentication passed");
    CHECK(!verified->raw().empty());
    Cardholder other(card, "李四");
    other.id_number(id).phone("13800000000");
    const auto mismatch = c.try_verify(other);
    CHECK(mismatch.has_value() && mismatch->outcome() == Outcome::mismatch && mismatch->reason() == Reason::cardholder_mismatch);

    const auto lookup = c.try_lookup_card(card);
    CHECK(lookup.has_value() && lookup->found() && !lookup->reason() && lookup->card_kind() == CardKind::debit);
    CHECK_TEXT(text(lookup->issuer()).c_str(), "中国工商银行");
    CHECK_VIEW(lookup->vendor_code(), "0");
    CHECK(!lookup->description().empty() && !lookup->raw().empty());
    const auto unknown = c.try_lookup_card("6228480000000000000");
    CHECK(unknown.has_value() && !unknown->found() && unknown->reason() == LookupReason::no_record);

    const auto by_path = c.try_recognize(Image::file(sandbox_photo_path("icbc-debit.jpg")), Options().vendors("aliyun_bankocr"));
    CHECK(by_path.has_value() && by_path->card_kind() == CardKind::debit && !by_path->valid_thru() && !by_path->clarity());
    std::size_t length;
    std::uint8_t *bytes = sandbox_photo("icbc-debit.jpg", &length);
    const std::string content(reinterpret_cast<const char *>(bytes), length);
    std::free(bytes);
    const std::string path = sandbox_photo_path("icbc-debit.jpg"), address = "file://" + path;
    for (const auto &image : {Image::bytes(std::string_view(content)), Image::file(std::string_view(path)), Image::file(path.c_str()),
                              Image::file(address)})
        CHECK(c.try_recognize(image, Options().vendors("aliyun_bankocr")).has_value());
    const auto missing = c.try_recognize(Image::file("/no/such/card.jpg"));
    CHECK(!missing.has_value() && missing.error().path() == "/no/such/card.jpg");
    CHECK(missing.error().os_error() == std::errc::no_such_file_or_directory);
    const auto vague = c.try_recognize(Image::url("file:///etc/passwd"), Options().vendors("aliyun_bankocr"));
    CHECK(!vague.has_value() && !vague.error().path() && !vague.error().os_error());
    const auto by_address = c.try_recognize(Image::url("https://cards.example/card/6228480000000000000.jpg"));
    CHECK(by_address.has_value());
    CHECK_VIEW(by_address->card_number(), "6228480000000000000");
}

void cards_read_on_this_machine() {
    if (!reads_photos()) return;
    const std::string journal = std::string(temporary_folder()) + "/offline";
    // A checker of memory takes its time.
    const Client c = Client::open(R"({"timeout_ms":240000,"journal":")" + journal + R"(","vendors":[{"vendor":"offline"}]})").value();
    const Recognition read = c.try_recognize(photo("icbc-debit.jpg")).value();
    CHECK_VIEW(read.card_number(), card);
    CHECK(read.confidence() >= 0.9 && read.confidence() <= 1.0);
    CHECK_TEXT(text(read.issuer()).c_str(), "中国工商银行");
    CHECK(read.issuer_source() == IssuerSource::table && read.issuer_code() == "ICBC" && read.card_kind() == CardKind::debit);
    const auto corners = read.corners();
    CHECK(corners.size() == 4 && corners[0].x < corners[2].x && corners[0].y < corners[2].y);
    CHECK(read.warnings().empty() && read.raw().empty());
    CHECK_TEXT(text(read.facts().vendor()).c_str(), "offline");
    CHECK(read.facts().sent() == Sent::no && read.facts().billed() == Billed::no && read.facts().attempts().size() == 1);

    std::size_t length;
    std::uint8_t *bytes = sandbox_photo("comm-quasi-credit.bmp", &length);
    sandbox_swap_digits(bytes);
    const Error unsure = c.try_recognize(Image::bytes(bytes, length)).error();
    const auto candidates = unsure.candidates();
    CHECK(unsure.kind() == Kind::card_not_found && unsure.facts().billed() == Billed::no && !candidates.empty());
    for (const NumberCandidate &one : candidates) {
        CHECK(one.confidence >= 0 && one.confidence <= candidates[0].confidence);
        CHECK(one.card_number.substr(0, 6) == one.card_number_masked.substr(0, 6) && one.card_number != one.card_number_masked);
        for (const std::string_view shown : {std::string_view(unsure.what()), unsure.message(), unsure.json()})
            CHECK(shown.find(one.card_number) == std::string_view::npos);
    }
    std::fill(bytes + 54, bytes + length, std::uint8_t(128));
    const Error none = c.try_recognize(Image::bytes(bytes, length)).error();
    CHECK(none.kind() == Kind::card_not_found && none.candidates().empty());
    std::free(bytes);
    CHECK(c.try_orders().value().empty());
}

void issuers() {
    const Client c = client();
    const auto issuer = c.try_lookup_issuer(card).value();
    CHECK(issuer && issuer->name() == "中国工商银行" && issuer->code() == "ICBC" && issuer->card_kind() == CardKind::debit);
    CHECK(issuer && issuer->json().find("\"code\":\"ICBC\"") != std::string_view::npos);
    CHECK(!c.try_lookup_issuer("1234560000000000").value());
    CHECK_TEXT(argument(c.try_lookup_issuer("6222").error()).c_str(), "card_number");
#if CARDWIRE_HPP_EXCEPTIONS
    CHECK(c.lookup_issuer(card)->code() == "ICBC" && !c.lookup_issuer("1234560000000000"));
#endif
}

void orders() {
    const std::string path = std::string(temporary_folder()) + "/journal";
    char *config = sandbox_config_with("\"journal\":\"%s\"", path.c_str());
    std::string states;
    const Client c = Client::open(config, [&](const Event &event) {
        if (event.kind() == EventKind::order_written && text(event.order_id()) == "classes3") states += text(event.state()) + ' ';
    }).value();
    std::free(config);
    const auto recognize = [&](const char *order_id) {
        return c.try_recognize(photo("icbc-debit.jpg"), Options().vendors("aliyun_bankocr").order_id(order_id));
    };
    CHECK(c.try_orders().value().empty());
    CHECK(recognize("classes3").has_value());
    CHECK_TEXT(states.c_str(), "intent released done ");
    sandbox_post("/script", R"({"vendor":"aliyun_bankocr","operation":"any","times":1,"do":{"fault":{"kind":"close_after_read"}}})");
    CHECK(recognize("classes4").error().kind() == Kind::network);

    const auto all = c.try_orders().value();
    CHECK(all.size() == 2 && all[0].order_id() == "classes4" && all[1].order_id() == "classes3");
    CHECK(c.try_orders(R"({"status":"answered"})").value().size() == 1);
    CHECK_TEXT(argument(c.try_orders("").error()).c_str(), "filter");
    const auto found = c.try_find_order("classes3").value();
    CHECK(found.has_value() && !c.try_find_order("classes9").value().has_value());
    CHECK(found->status() == OrderStatus::answered && found->operation() == Operation::recognize && found->sends() == 1);
    CHECK(found->sent() == Sent::yes && found->billed() == Billed::yes && !found->late() && !found->reconciled() && !found->note());
    CHECK_TEXT(text(found->vendor()).c_str(), "aliyun_bankocr");
    CHECK_VIEW(found->account(), "aliyun_bankocr");
    CHECK_TEXT(text(found->outcome()).c_str(), "ok");
    CHECK(found->created() <= found->changed() && found->changed() - found->created() < 60s && found->http_status() == 200);
    CHECK(!found->vendor_code() && found->request_id() && found->json().find("\"classes3\"") != std::string_view::npos);
    CHECK_VIEW(name(found->status()), "answered");

    const Journal journal = Journal::open(path).value();
    const auto unknown = journal.try_unknown_orders().value();
    CHECK(unknown.size() == 1 && unknown[0].order_id() == "classes4" && unknown[0].status() == OrderStatus::unknown);
    CHECK(c.try_reconcile_order("classes4", "executed").has_value());
    CHECK_TEXT(text(journal.try_find_order("classes4").value()->note()).c_str(), "executed");
    CHECK(journal.try_reconcile_order("classes3", "").has_value() && c.try_find_order("classes3").value()->reconciled());
    CHECK(c.try_unknown_orders().value().empty() && journal.try_orders(R"({"limit":1})").value().size() == 1);
    CHECK_TEXT(argument(journal.try_reconcile_order("classes9", "x").error()).c_str(), "order_id");
    CHECK(c.try_export_orders(path + ".all").value() == 2 && journal.try_export_orders(path + ".one", R"({"limit":1})").value() == 1);
    CHECK(c.try_export_orders(path + ".all").error().kind() == Kind::invalid_argument);
    const auto now = std::chrono::system_clock::now();
    CHECK(c.try_prune_orders(now - 25h).value() == 0 && journal.try_prune_orders(now - 25h).value() == 0);
    CHECK(journal.try_prune_orders({}).value() == 0 && c.try_prune_orders(now).error().kind() == Kind::invalid_argument);
    CHECK(Journal::open(temporary_folder()).error().kind() == Kind::storage && Journal::open({}).error().kind() == Kind::storage);
    CHECK(client().try_orders().error().kind() == Kind::invalid_config);
#if CARDWIRE_HPP_EXCEPTIONS
    CHECK(c.orders().size() == 2 && journal.orders().size() == 2 && c.unknown_orders().empty() && journal.unknown_orders().empty());
    CHECK(c.find_order("classes4").has_value() && journal.find_order("classes4").has_value());
    CHECK(c.export_orders(path + ".2") == 2 && journal.export_orders(path + ".3") == 2);
    CHECK(c.prune_orders(now - 25h) == 0 && journal.prune_orders(now - 25h) == 0);
    c.reconcile_order("classes4", "again");
    journal.reconcile_order("classes4", "and again");
#endif
}

void errors() {
    const Client c = client();
    sandbox_post("/script", R"({"vendor":"aliyun_bankocr","operation":"recognize","do":{"code":"B403MQ"}})");
    const auto refused = c.try_recognize(photo("icbc-debit.jpg"), Options().vendors("aliyun_bankocr"));
    CHECK(!refused.has_value());
    const Error error = refused.error();
    CHECK(error.kind() == Kind::quota_exhausted && error.http_status() == 403 && !error.retryable() && !error.retry_after());
    CHECK(error.facts().sent() == Sent::yes && error.facts().billed() == Billed::no && error.facts().attempts().size() == 1);
    CHECK_TEXT(text(error.vendor_code()).c_str(), "B403MQ");
    CHECK(std::string(error.what()).find(std::string(error.message())) != std::string::npos);
    CHECK(!error.argument() && error.facts().order_id() && error.json().find("quota_exhausted") != std::string_view::npos);
    (void)error.vendor_message();
    CHECK(error.facts().gateway_request_id() && error.facts().gateway_request_id() == error.facts().request_id() && !error.facts().transaction_time());
    CHECK(!error.cause());
    // A port at which nobody listens.
    const auto nowhere = Client::open(
        R"({"vendors":[{"vendor":"aliyun_bankocr","app_code":"c","base_url":"http://127.0.0.1:1"}]})").value();
    const auto unreached = nowhere.try_recognize(photo("icbc-debit.jpg"), Options());
    const auto cause = unreached.error().cause();
    CHECK(cause && cause->step == "connect" && cause->host == "127.0.0.1" && cause->port == 1);
    CHECK(cause && cause->os_error && cause->reason.find("refused") != std::string::npos);

    // A value that is wrong is told by the call that uses it, and nothing is sent.
    const long connections = sandbox_connections();
    const auto options = Options().vendors("wechat").order_id("\xff").vendors("");
    CHECK(options.error().has_value());
    const auto early = c.try_recognize(photo("icbc-debit.jpg"), options);
    CHECK_TEXT(argument(early.error()).c_str(), "order_id");
    const Cardholder holder("\xff", person);
    CHECK_TEXT(argument(c.try_verify(holder).error()).c_str(), "card_number");
    CHECK_TEXT(argument(c.try_recognize(Image::bytes(std::vector<std::uint8_t>())).error()).c_str(), "image");
    CHECK_TEXT(argument(c.try_recognize(Image::bytes(nullptr, 0)).error()).c_str(), "image");
    CHECK_TEXT(argument(c.try_fetch_order({}).error()).c_str(), "order_id");
    CHECK_TEXT(argument(c.try_recognize_async(photo("icbc-debit.jpg"), nullptr).error()).c_str(), "callback");
    CHECK_IS(sandbox_connections(), connections);

    const auto none = Client::open("{}");
    CHECK(!none.has_value() && none.error().kind() == Kind::invalid_config);
}

void moves() {
    Client c = client();
    Client other = std::move(c);
    CHECK(c.c_handle() == nullptr);
    CHECK(c.try_fetch_order("a1").error().kind() == Kind::invalid_argument);
    c = std::move(other);
    CHECK(c.try_lookup_card(card).has_value());
    c.close();
    CHECK(c.try_lookup_card(card).error().kind() == Kind::closed);
    std::optional<Recognition> kept;
    {
        const Client brief = client();
        kept = brief.try_recognize(photo("icbc-debit.jpg")).value();
    }
    CHECK_VIEW(kept->card_number(), card);
}

void callbacks() {
    std::atomic<int> events{0}, ended{0};
    std::string number;
    {
        const Client c = Client::open(sandbox_config(), [&](const Event &event) {
            events++;
            CHECK(!event.name().empty() && event.vendor().has_value() == event.account().has_value() && !event.json().empty());
            CHECK(event.call() > 0 && event.text().substr(0, event.name().size()) == event.name() && !event.context());
            if (event.kind() == EventKind::call_ended)
                CHECK(event.attempts() <= 1 && event.sent() && event.billed() && event.level() == (event.outcome() == "ok" ? Level::info : Level::warn));
            if (event.kind() == EventKind::attempt_ended)
                CHECK(event.operation() && event.order_id() && event.attempt() == 1 && event.outcome() && event.sent() == Sent::yes && event.duration() < 10s && event.vendor_code().has_value() == (event.outcome() != "ok"));
        }).value();
        CHECK(c.try_recognize_async(photo("icbc-debit.jpg"), [&](Result<Recognition> result) {
            number = result.value().card_number();
            ended++;
        }).has_value());
        CHECK(c.try_verify_async(Cardholder(card, person).id_number(id), [&](Result<Verification> result) {
            CHECK(result.has_value() && result->outcome() == Outcome::match);
            ended++;
        }).has_value());
        CHECK(c.try_lookup_card_async(card, [&](Result<CardLookup> result) { CHECK(result->found()), ended++; }).has_value());
        CHECK(c.try_fetch_order_async("nothere", [&](Result<Order> result) {
            CHECK(!result.has_value() && result.error().kind() == Kind::invalid_argument);
            ended++;
        }).has_value());
        while (ended < 4) sleep_ms(1);
    }
    CHECK_TEXT(number.c_str(), card);
    CHECK(events >= 8);
    const std::vector<AccountHealth> health = client().try_health().value();
    CHECK(health.size() > 4 && health[1].account == "wechat" && health[1].vendor == "wechat");
    CHECK(health[1].breaker == BreakerState::closed && !health[1].breaker_until && health[1].blocks.empty());
    CHECK(health[1].quota_left == health[1].quota_limit && !health[1].token_since && health[1].in_flight == 0);

    // Destroying the client ends the calls in flight and waits for their callbacks.
    std::atomic<int> cancelled{0};
    sandbox_hang("tencent_kyc");
    {
        const Client c = client();
        for (int i = 0; i < 5; i++)
            CHECK(c.try_recognize_async(photo("icbc-debit.jpg"), [&](Result<Recognition> result) {
                cancelled += result.error().kind() == Kind::cancelled;
            }).has_value());
        sleep_ms(50);
    }
    CHECK_IS(cancelled, 5);

    const Client c = client();
    Cancellation cancellation;
    std::thread thread([&] { sleep_ms(100), cancellation.cancel(); });
    sandbox_hang("tencent_faceid");
    const auto result = c.try_verify(Cardholder(card, person).id_number(id), Options().cancellation(cancellation));
    thread.join();
    CHECK(!result.has_value() && result.error().kind() == Kind::cancelled && cancellation.is_cancelled());
    CHECK(result.error().facts().sent() == Sent::unknown && result.error().facts().billed() == Billed::unknown);
    sandbox_reset();
}

/// The sandbox's configuration with a provider in the place of each of these secrets, and their values.
std::pair<std::string, std::map<std::string, std::string>> provided(const char *provider, std::vector<std::string> keys) {
    std::string config = sandbox_config();
    std::map<std::string, std::string> values;
    for (const std::string &key : keys) {
        const std::string head = '"' + key + "\":\"";
        const std::size_t from = config.find(head) + head.size() - 1, to = config.find('"', from + 1);
        values[key] = config.substr(from + 1, to - from - 1);
        config.replace(from, to - from + 1, std::string(R"({"provider":")") + provider + "\"}");
    }
    return {config, values};
}

void providers() {
    CHECK_VIEW(name(AskReason::refused), "refused");
    const auto [config, right] = provided("codes", {"app_code"});
    const Options on_bankocr = Options().vendors("aliyun_bankocr");

    // Asked once, and again for another after the vendor refused what it gave.
    std::string asked;
    const auto codes = [&asked, code = right.at("app_code")](const Ask &ask) {
        const bool first = asked.empty();
        asked += ask.vendor + ' ' + ask.account + ' ' + ask.secrets.at(0) + ' ' + std::string(name(ask.reason)) + '\n';
        return Credentials{{{"app_code", first ? std::string(32, '0') : code}}};
    };
    Client made = Client::open(config, {{"codes", codes}}).value();
    // They move with their client.
    const Client c = std::move(made);
    const auto read = c.try_recognize(photo("icbc-debit.jpg"), on_bankocr);
    CHECK(read.has_value() && read->facts().attempts().size() == 2 && read->facts().billed() == Billed::yes);
    CHECK(c.try_recognize(photo("icbc-debit.jpg"), on_bankocr)->facts().attempts().size() == 1);
    CHECK_TEXT(asked.c_str(), "aliyun_bankocr aliyun_bankocr app_code first\naliyun_bankocr aliyun_bankocr app_code refused\n");

    // Several secrets come together, and are asked for again after their end.
    const auto [keys_config, keys] = provided("keys", {"secret_id", "secret_key"});
    std::string reasons;
    const auto ending = [&reasons, keys = keys](const Ask &ask) {
        CHECK(ask.secrets.size() == 2 && ask.secrets[0] == "secret_id" && ask.secrets[1] == "secret_key");
        reasons += std::string(name(ask.reason)) + ' ';
        return Credentials{keys, 0ms};
    };
    const Client short_lived = Client::open(keys_config, {{"keys", ending}}).value();
    for (int i = 0; i < 2; i++)
        CHECK(short_lived.try_verify(Cardholder(card, person).id_number(id), Options().vendors("tencent_faceid")).has_value());
    CHECK_TEXT(reasons.c_str(), "first expired ");

    // Destroying the client ends the calls that wait, and waits for the provider.
    std::atomic<bool> entered{false}, left{false};
    std::atomic<int> ended{0};
    {
        const auto slow = [&](const Ask &) {
            entered = true;
            sleep_ms(100);
            left = true;
            return Credentials();
        };
        const Client brief = Client::open(config, {{"codes", slow}}).value();
        CHECK(brief.try_recognize_async(photo("icbc-debit.jpg"), [&](Result<Recognition> result) {
            CHECK(result.error().kind() == Kind::cancelled && result.error().facts().sent() == Sent::no);
            ended++;
        }, on_bankocr).has_value());
        while (!entered) sleep_ms(1);
    }
    CHECK(left && ended == 1);

    // What is not given, and who is not there.
    const auto nothing = [](const Ask &) { return Credentials(); };
    const auto missing = Client::open(config, {{"codes", nothing}})->try_recognize(photo("icbc-debit.jpg"), on_bankocr);
    CHECK(missing.error().kind() == Kind::credentials_unavailable && missing.error().facts().billed() == Billed::no);
    CHECK(Client::open(config, {{"others", nothing}}).error().kind() == Kind::invalid_config);
    CHECK_TEXT(argument(Client::open(config, {{"codes", nullptr}}).error()).c_str(), "on_ask");

#if CARDWIRE_HPP_EXCEPTIONS
    // What it throws comes back with the error, and is not shown by it.
    CHECK(!missing.error().provider_exception());
    const auto sealed = [](const Ask &) -> Credentials { throw std::runtime_error("the vault is sealed: SECRET"); };
    const Client unlucky = Client::open(config, {{"codes", sealed}}).value();
    const Error error = unlucky.try_recognize(photo("icbc-debit.jpg"), on_bankocr).error();
    CHECK(error.kind() == Kind::credentials_unavailable && error.facts().sent() == Sent::no);
    CHECK(std::string(error.what()).find("SECRET") == std::string::npos);
    try {
        std::rethrow_exception(error.provider_exception());
    } catch (const std::runtime_error &thrown) {
        CHECK_TEXT(thrown.what(), "the vault is sealed: SECRET");
    }
#endif
}

void batches_that_go_on() {
    const std::string path = std::string(temporary_folder()) + "/batches";
    char *config = sandbox_config_with("\"journal\":\"%s\"", path.c_str());
    const Client c = Client::open(config).value();
    std::free(config);
    const auto run = [&](const char *last) {
        int given = 0;
        std::string told;
        const auto next = [&]() -> std::optional<BatchInput<Cardholder>> {
            if (given++ == 2) return std::nullopt;
            return BatchInput<Cardholder>(Cardholder(card, person).id_number(id), given == 1 ? "row 1" : last);
        };
        Batch<Verification> all = c.try_verify_many(next, Options().skip_answered(), 1).value();
        for (auto &[index, result] : all) {
            if (result.has_value()) {
                told += "asked ";
            } else {
                const auto order = result.error().order();
                CHECK(result.error().kind() == Kind::already_answered && result.error().facts().sent() == Sent::no);
                CHECK(order && order->status() == OrderStatus::answered && result.error().facts().order_id() == order->order_id());
                told += order ? text(order->reference()) + ' ' : "lost ";
            }
        }
        return told;
    };
    CHECK_TEXT(run("row 2").c_str(), "asked asked ");
    CHECK_TEXT(run("row 3").c_str(), "row 1 asked ");
    CHECK(c.try_orders(R"({"reference":"row 2"})").value().size() == 1 && c.try_orders().value().size() == 3);
    const auto refused = c.try_verify(Cardholder(card, person).id_number(id), Options().reference(id));
    CHECK(!refused.has_value() && !refused.error().order());
    CHECK_TEXT(argument(refused.error()).c_str(), "reference");
}

void batches() {
    std::optional<Client> c = client();
    int given = 0, good = 0, bad = 0;
    const auto next = [&]() -> std::optional<Image> {
        if (given == 20) return std::nullopt;
        return given++ % 2 ? Image::file(sandbox_photo_path("text.jpg")) : photo("icbc-debit.jpg");
    };
    Batch<Recognition> all = c->try_recognize_many(next, Options().vendors("wechat"), 4).value();
    for (const BatchItem<Recognition> &item : all) {
        CHECK(item.result.has_value() == (item.index % 2 == 0) && given <= good + bad + 4);
        (item.result.has_value() ? good : bad)++;
    }
    CHECK(good == 10 && bad == 10 && !all.next());

    // Left early.
    given = good = 0;
    Batch<Recognition> few = c->try_recognize_many(next, {}, 1).value();
    for (auto it = few.begin(); it != few.end() && ++good < 3; ++it) CHECK(it->index < 3);
    few.end_inputs();
    CHECK(good == 3 && given == 3 && !few.next());
    all = std::move(few);

    // An input that is refused is a result.
    int holders = 0, matched = 0;
    const auto people = [&]() -> std::optional<BatchInput<Cardholder>> {
        switch (holders++) {
        case 3: return std::optional<BatchInput<Cardholder>>(std::in_place, Cardholder("\xff", person));
        case 4: return std::optional<BatchInput<Cardholder>>(std::in_place, Cardholder(card, person), "\xff");
        case 7: return std::nullopt;
        default: return BatchInput<Cardholder>(Cardholder(card, person).id_number(id), std::nullopt, "batch" + std::to_string(holders));
        }
    };
    Batch<Verification> verified = c->try_verify_many(people).value();
    c.reset();
    c.emplace(client());
    Batch<Verification> more = c->try_verify_many(people, {}, 2).value();
    std::string refused;
    while (const auto item = more.next()) {
        if (item->result.has_value()) {
            matched += item->result->outcome() == Outcome::match;
            CHECK_TEXT(text(item->result->facts().order_id()).c_str(), ("batch" + std::to_string(item->index + 1)).c_str());
        } else {
            refused += argument(item->result.error()) + std::to_string(item->index) + ' ';
        }
    }
    CHECK_IS(matched, 5);
    CHECK_TEXT(refused.c_str(), "card_number3 reference4 ");

    // One that is refused after the inputs were ended is none.
    std::optional<Batch<Verification>> ending;
    ending.emplace(c->try_verify_many([&] {
        ending->end_inputs();
        return std::optional<BatchInput<Cardholder>>(std::in_place, Cardholder("\xff", person));
    }).value());
    CHECK(!ending->next());

    // A batch may outlive its client.
    holders = 5;
    const auto closed = verified.next();
    CHECK(closed && closed->result.error().kind() == Kind::closed);
    CHECK_TEXT(argument(c->try_recognize_many(next, Options().vendors("\xff")).error()).c_str(), "vendors");
}

#if CARDWIRE_HPP_EXCEPTIONS
template <class Body> std::optional<Kind> thrown(Body body) {
    try {
        body();
    } catch (const Error &error) {
        return error.kind();
    }
    return std::nullopt;
}

void exceptions() {
    const Client c(sandbox_config());
    const Recognition read = c.recognize(photo("icbc-debit.jpg"), Options().order_id("thrown1"));
    CHECK_VIEW(read.card_number(), card);
    CHECK(c.verify(Cardholder(card, person).id_number(id)).outcome() == Outcome::match);
    const Order order = c.fetch_order("thrown1");
    CHECK(c.lookup_card(card).found() && order.facts().sent() == Sent::yes);
    CHECK(check_card_number(card).well_formed && check_id_number(id).checksum);
    CHECK(thrown([] { Client("{"); }) == Kind::invalid_config);
    CHECK(thrown([&] { c.recognize(Image::file("/nothing")); }) == Kind::invalid_argument);
    CHECK(thrown([&] { c.verify(Cardholder("1", person)); }) == Kind::invalid_argument);
    CHECK(thrown([&] { c.lookup_card(""); }) == Kind::invalid_argument);
    CHECK(thrown([&] { c.fetch_order("a-b"); }) == Kind::invalid_argument);
    CHECK(thrown([&] { c.fetch_order_async("a1", nullptr); }) == Kind::invalid_argument);
    CHECK(thrown([&] { check_image({}); }) == Kind::invalid_argument);
    CHECK(thrown([&] { look_at_image({}); }) == Kind::invalid_argument);
    CHECK(thrown([&] { check_card_number("\xff"); }) == Kind::invalid_argument);
    try {
        c.recognize(Image::file("/nothing"));
        CHECK(false);
    } catch (const std::exception &error) {
        CHECK(std::string(error.what()).find("invalid_argument: image") == 0);
    }
    // It outlives its cause, as a copy.
    std::exception_ptr kept;
    try { c.fetch_order("a-b"); } catch (...) { kept = std::current_exception(); }
    CHECK(thrown([&] { std::rethrow_exception(kept); }) == Kind::invalid_argument);

    std::atomic<int> ended{0};
    c.recognize_async(photo("icbc-debit.jpg"), [&](Result<Recognition> result) { CHECK(result.has_value()), ended++; });
    c.verify_async(Cardholder(card, person).id_number(id), [&](Result<Verification> result) { CHECK(result.has_value()), ended++; });
    c.lookup_card_async(card, [&](Result<CardLookup> result) { CHECK(result.has_value()), ended++; });
    while (ended < 3) sleep_ms(1);

    // What the inputs throw comes out of the batch, and no more is asked for; what is in flight is given still.
    int given = 0;
    Batch<Recognition> broken = c.recognize_many([&] {
        if (given++ == 2) throw std::string("enough");
        return std::optional(Image::url("https://cards.example/a.jpg"));
    }, {}, 3);
    try {
        broken.begin();
        CHECK(false);
    } catch (const std::string &what) {
        CHECK(what == "enough");
    }
    CHECK(broken.next() && broken.next() && !broken.next() && given == 3);
    int matched = 0, holders = 0;
    for (auto &[index, result] : c.verify_many([&]() -> std::optional<Cardholder> {
        if (holders++ == 3) return std::nullopt;
        return Cardholder(card, person).id_number(id);
    })) matched += result->outcome() == Outcome::match && index < 3;
    CHECK_IS(matched, 3);
    CHECK(thrown([&] { c.recognize_many(nullptr, Options().vendors("\xff")); }) == Kind::invalid_argument);
}
#endif

} // namespace

int main() {
    sandbox_start();
    values();
    results();
    cards_read_on_this_machine();
    issuers();
    orders();
    errors();
    moves();
    callbacks();
    providers();
    batches();
    batches_that_go_on();
#if CARDWIRE_HPP_EXCEPTIONS
    exceptions();
#endif
    return checks_end();
}
