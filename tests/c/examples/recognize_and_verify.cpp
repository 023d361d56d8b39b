// Reads a card or verifies its holder with the vendors that it is told, a line of JSON for each call:
// c++ -std=c++17 recognize_and_verify.cpp $(pkg-config --cflags --libs cardwire) && ./a.out CONFIG_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...
#include <cardwire.hpp>

#include <fstream>
#include <iostream>
#include <iterator>

using namespace cardwire;

static void row(const CallFacts &facts, std::string_view vendors, std::string_view operation, std::string_view card,
                std::string_view issuer, std::string_view outcome, std::string_view error = {}) {
    const auto attempts = facts.attempts();
    std::cout << R"({"language":"C++","vendor":")" << facts.vendor().value_or(vendors) << R"(","operation":")" << operation << R"(","card":")"
              << card << R"(","issuer":")" << issuer << R"(","outcome":")" << outcome << R"(","billed":")"
              << name(facts.billed()) << R"(","order_id":")" << facts.order_id().value_or("") << R"(","milliseconds":)"
              << (attempts.empty() ? 0 : attempts.front().duration.count());
    if (!error.empty()) std::cout << R"(,"error":")" << error << '"';
    std::cout << "}\n";
}

int main(int argc, char **argv) try {
    if (argc < 3) return std::cerr << "usage: recognize_and_verify CONFIG_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...\n", 2;
    std::ifstream file(argv[1]);
    const Client client(std::string(std::istreambuf_iterator<char>(file), {}));
    for (int i = 3; i + 1 < argc; i += 2) {
        const std::string operation = argv[i], vendors = argv[i + 1];
        try {
            if (operation == "recognize") {
                const Recognition card = client.recognize(Image::file(argv[2]), Options().vendors(vendors));
                row(card.facts(), vendors, operation, card.card_number_masked(), card.issuer().value_or(""), "ok");
            } else {
                const auto holder = Cardholder("6222020000000000000", "张三").id_number("110101190001010014");
                const Verification verified = client.verify(holder, Options().vendors(vendors));
                row(verified.facts(), vendors, operation, "622202*********0000", "", name(verified.outcome()));
            }
        } catch (const Error &error) {
            row(error.facts(), vendors, operation, "", "", name(error.kind()), error.message());
        }
    }
} catch (const Error &error) {
    return std::cerr << error.what() << '\n', 1;
}
