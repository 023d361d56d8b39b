// The C++ classes as a subject of the conformance suite: one line a request, fields separated by
// tabs; one line an answer.
#include <cardwire.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <sstream>
#include <utility>

using namespace cardwire;

namespace {

using Arguments = std::map<std::string, std::string>;

unsigned digit(char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); }

// Adds `name=text` or `name:bytes=hex`.
void read(const std::string &field, Arguments &arguments) {
    const auto equals = field.find('=');
    std::string name = field.substr(0, equals), value = field.substr(equals + 1);
    if (const auto form = name.find(':'); form != std::string::npos) {
        name.resize(form);
        for (std::size_t i = 0; i < value.size() / 2; i++)
            value[i] = static_cast<char>(digit(value[2 * i]) * 16 + digit(value[2 * i + 1]));
        value.resize(value.size() / 2);
    }
    arguments.emplace(name, value);
}

std::string content(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<std::string> find(const Arguments &arguments, const std::string &name) {
    const auto found = arguments.find(name);
    return found == arguments.end() ? std::nullopt : std::optional(found->second);
}

Options options(const std::string &operation, const Arguments &arguments) {
    Options options;
    if (const auto vendor = find(arguments, "vendor")) options.vendors(*vendor);
    if (const auto order_id = find(arguments, "order_id"); order_id && operation != "fetch_order")
        options.order_id(*order_id);
    if (const auto user_id = find(arguments, "user_id")) options.user_id(*user_id);
    if (const auto timeout = find(arguments, "timeout_ms"))
        options.timeout(std::chrono::milliseconds(std::stoll(*timeout)));
    return options;
}

std::optional<std::string> check(const std::string &operation, const Arguments &arguments) {
    const auto text = [&](const char *name) { return find(arguments, name).value_or(""); };
    std::ostringstream out;
    out << std::boolalpha;
    if (operation == "check_card_number") {
        const CardNumberCheck checked = check_card_number(text("card_number"));
        out << "{\"well_formed\":" << checked.well_formed << ",\"luhn\":" << checked.luhn << '}';
    } else if (operation == "check_id_number") {
        const IdNumberCheck checked = check_id_number(text("id_number"));
        out << "{\"well_formed\":" << checked.well_formed << ",\"checksum\":" << checked.checksum
            << ",\"birth_date\":" << checked.birth_date << '}';
    } else if (operation == "check_image" || operation == "look_at_image") {
        const std::string content_of = content(text("bytes"));
        const Bytes bytes(reinterpret_cast<const std::uint8_t *>(content_of.data()), content_of.size());
        const ImageCheck checked = operation == "check_image" ? check_image(bytes) : look_at_image(bytes);
        out << checked.json();
    } else {
        return std::nullopt;
    }
    return out.str();
}

// The inputs of a batch of one.
template <typename Input> auto only(Input input, const Arguments &arguments) {
    auto next = std::make_shared<std::optional<BatchInput<Input>>>(std::in_place, std::move(input), std::nullopt, find(arguments, "order_id"));
    return [next] { return std::exchange(*next, std::nullopt); };
}

// The JSON of the one result of a batch, or throws its error.
template <typename Output> std::string one(Batch<Output> batch) {
    const Output output = std::move(batch.next().value().result).value();
    return std::string(output.json());
}

std::string call(const Client &client, const std::string &operation, const Arguments &arguments) {
    const Options wanted = options(operation, arguments);
    const auto text = [&](const char *name) { return find(arguments, name).value_or(""); };
    // Lives as long as the image that borrows it.
    const std::string bytes = content(text("bytes"));
    const auto image = [&] {
        if (arguments.count("bytes")) return Image::bytes({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
        const auto file = find(arguments, "file");
        return file ? Image::file(*file) : Image::url(text("url"));
    };
    const auto cardholder = [&] {
        Cardholder holder(text("card_number"), text("name"));
        if (const auto id_number = find(arguments, "id_number")) holder.id_number(*id_number);
        if (const auto phone = find(arguments, "phone")) holder.phone(*phone);
        return holder;
    };
    if (operation == "recognize") {
        const Recognition recognition = client.recognize(image(), wanted);
        return std::string(recognition.json());
    }
    if (operation == "recognize_many")
        return one(client.recognize_many(only(image(), arguments), wanted));
    if (operation == "verify") {
        const Verification verification = client.verify(cardholder(), wanted);
        return std::string(verification.json());
    }
    if (operation == "verify_many")
        return one(client.verify_many(only(cardholder(), arguments), wanted));
    if (operation == "lookup_card") {
        const CardLookup lookup = client.lookup_card(text("card_number"), wanted);
        return std::string(lookup.json());
    }
    if (operation == "fetch_order") {
        const Order order = client.fetch_order(text("order_id"), wanted);
        return std::string(order.json());
    }
    throw std::invalid_argument("no such operation: " + operation);
}

} // namespace

int main() {
    std::optional<Client> client;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream fields(line);
        std::string operation, field;
        std::getline(fields, operation, '\t');
        Arguments arguments;
        while (std::getline(fields, field, '\t')) read(field, arguments);
        try {
            if (operation == "open") {
                client.reset();
                client.emplace(arguments["config"]);
                std::cout << "opened\n" << std::flush;
            } else if (const auto checked = check(operation, arguments)) {
                std::cout << "ok\t" << *checked << '\n' << std::flush;
            } else if (client) {
                const std::string json = call(*client, operation, arguments);
                std::cout << "ok\t" << json << '\n' << std::flush;
            } else {
                std::cout << "failed\tno client is open\n" << std::flush;
            }
        } catch (const Error &error) {
            std::cout << "error\t" << error.json() << '\n' << std::flush;
        } catch (const std::exception &problem) {
            std::cout << "failed\t" << problem.what() << '\n' << std::flush;
        }
    }
}
