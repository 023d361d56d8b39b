// What a program sees of the installed classes.
#include <cardwire.hpp>
#include <iostream>

int main() {
    const cardwire::Client client(R"({"vendors": [{"vendor": "wechat", "access_token": "invented"}]})");
    if (!cardwire::check_card_number("6228480000000000000").luhn) return 1;
    std::cout << "cardwire " << cardwire::version() << '\n';
}
