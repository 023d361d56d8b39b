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
/// - The call that uses an `Options` or a `Cardholder` tells what is wrong with its values.
/// - Callbacks run on a thread of the library. An exception that leaves one ends the program. The
///   inputs of a batch are made on the thread that takes results, and their exceptions come out there.
#ifndef CARDWIRE_HPP
#define CARDWIRE_HPP

#include "cardwire/standard.hpp"
#if CARDWIRE_CXX17

#include "cardwire/batch.hpp"
#include "cardwire/checks.hpp"
#include "cardwire/client.hpp"
#include "cardwire/error.hpp"
#include "cardwire/event.hpp"
#include "cardwire/health.hpp"
#include "cardwire/inputs.hpp"
#include "cardwire/journal.hpp"
#include "cardwire/providers.hpp"
#include "cardwire/results.hpp"
#include "cardwire/values.hpp"

#endif
#endif
