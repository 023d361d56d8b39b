/// @file
/// Cardwire for C++17: classes over cardwire.h, which states what every function does, needs and
/// promises. Nothing here decides anything; link the C library.
///
/// - Objects own their handle, move and do not copy; only `Error` copies. A moved-from object may
///   be destroyed and assigned to, nothing else.
/// - Every call has two forms. `recognize` throws `Error`; `try_recognize` returns
///   `Result<Recognition>`. Without exceptions (-fno-exceptions) only the second form is there.
/// - Text goes in as `std::string_view`, UTF-8. Text and bytes come out borrowed from their object,
///   so they are not to be had from a temporary: keep the object in a variable.
/// - What is wrong with a value given to `Options` or `Cardholder` is told by the call that uses it.
/// - Callbacks run on a thread of the library. An exception that leaves one ends the program. What gives
///   a batch its inputs runs on the thread that takes results, and lets it out there.
#ifndef CARDWIRE_HPP
#define CARDWIRE_HPP

#include "cardwire/standard.hpp"
#if CARDWIRE_CXX17

#include "cardwire/batch.hpp"
#include "cardwire/checks.hpp"
#include "cardwire/client.hpp"
#include "cardwire/error.hpp"
#include "cardwire/event.hpp"
#include "cardwire/inputs.hpp"
#include "cardwire/journal.hpp"
#include "cardwire/providers.hpp"
#include "cardwire/results.hpp"
#include "cardwire/values.hpp"

#endif
#endif
