// The C++ classes as a subject of the conformance suite: one line a request, fields separated by
// tabs; one line an answer.
#include <cardwire.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>

using namespace cardwire;

namespace {

using Arguments = std::map<std::string, std::string>;

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

std::string call(const Client &client, const std::string &operation, const Arguments &arguments) {
    const Options wanted = options(operation, arguments);
    const auto text = [&](const char *name) { return find(arguments, name).value_or(""); };
    if (operation == "recognize") {
        const auto file = find(arguments, "file");
        const Recognition recognition =
            client.recognize(file ? Image::file(*file) : Image::url(text("url")), wanted);
        return std::string(recognition.json());
    }
    if (operation == "verify") {
        Cardholder cardholder(text("card_number"), text("name"));
        if (const auto id_number = find(arguments, "id_number")) cardholder.id_number(*id_number);
        if (const auto phone = find(arguments, "phone")) cardholder.phone(*phone);
        const Verification verification = client.verify(cardholder, wanted);
        return std::string(verification.json());
    }
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
        while (std::getline(fields, field, '\t')) {
            const auto equals = field.find('=');
            arguments.emplace(field.substr(0, equals), equals == std::string::npos ? "" : field.substr(equals + 1));
        }
        try {
            if (operation == "open") {
                std::ifstream file(arguments["config"]);
                client.emplace(std::string(std::istreambuf_iterator<char>(file), {}));
                std::cout << "opened\n" << std::flush;
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
